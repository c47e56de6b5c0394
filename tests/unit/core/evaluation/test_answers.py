"""Scores of answers: worked examples, an independent recursion, and what must always hold."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.answers import best, exact_match, normalised, rouge_l, token_f1

WORDS = st.lists(st.sampled_from(["oslo", "rome", "by", "train", "the"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("answer", "right", "same"),
    [
        ("The Eiffel Tower.", "eiffel tower", 1.0),
        ("an  apple", "apple", 1.0),
        ("U.S.A", "usa", 1.0),
        ("theatre", "atre", 0.0),
        ("two", "2", 0.0),
        ("", "the", 1.0),
        ("", "oslo", 0.0),
    ],
)
def test_exact_match_sees_words_only(answer: str, right: str, same: float) -> None:
    assert exact_match(answer, right) == same


@pytest.mark.parametrize(
    ("answer", "right", "expected"),
    [
        ("by train to oslo", "to oslo", 2 * 0.5 * 1 / 1.5),
        ("oslo oslo", "oslo", 2 / 3),
        ("rome", "oslo", 0.0),
        ("", "", 1.0),
        ("", "oslo", 0.0),
    ],
)
def test_token_f1_counts_words_as_often_as_both_have_them(answer: str, right: str, expected: float) -> None:
    assert token_f1(answer, right) == pytest.approx(expected)


def test_rouge_l_of_the_example_in_its_paper() -> None:
    right = "police killed the gunman"
    assert rouge_l("police kill the gunman", right) == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", right) == pytest.approx(2 / 4)


@given(WORDS, WORDS)
def test_rouge_l_is_that_of_a_plain_recursion(answer: str, right: str) -> None:
    one, other = answer.split(), right.split()

    @cache
    def longest(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return 0
        if one[i - 1] == other[j - 1]:
            return longest(i - 1, j - 1) + 1
        return max(longest(i - 1, j), longest(i, j - 1))

    total = len(one) + len(other)
    expected = 2 * longest(len(one), len(other)) / total if one and other else float(one == other)
    assert rouge_l(answer, right) == pytest.approx(expected)


@given(WORDS, WORDS)
def test_scores_lie_between_none_and_all(answer: str, right: str) -> None:
    for score in (exact_match, token_f1, rouge_l):
        assert 0 <= score(answer, right) <= 1
        assert score(right, right) == 1
        assert score(answer, right) == pytest.approx(score(right, answer))
    assert exact_match(answer, right) <= token_f1(answer, right)


def test_the_best_right_answer_counts() -> None:
    assert best(token_f1, "in oslo", ["rome", "oslo", "in oslo"]) == 1.0
    assert best(token_f1, "in oslo", []) == 0.0


def test_other_alphabets_are_words_too() -> None:
    assert rouge_l("Осло поезд", "осло автобус") == pytest.approx(0.5)
    assert normalised("Żółw, a żaba!") == "żółw żaba"
