"""Written answers: the first difference, words that changed, and answers that broke down."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.behaviour.answers import (
    Fault,
    Piece,
    PieceKind,
    difference,
    faulty,
    first_divergence,
    is_repeated,
    tokens,
)

WORDS = st.lists(st.sampled_from(["to", "oslo", "by", "train", "bergen", ","]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("to oslo by train", "to oslo by train", None),
        ("to oslo by train", "to bergen by train", 1),
        ("to oslo", "to oslo by train", 2),
        ("", "oslo", 0),
        ("Oslo", "oslo", 0),
        ("a,b", "a, b", None),
    ],
)
def test_the_first_word_that_differs(before: str, after: str, place: int | None):
    assert first_divergence(before, after) == place


def test_what_is_missing_and_added_is_marked():
    assert difference("anna went to oslo", "anna went to bergen today") == (
        Piece(PieceKind.SAME, "anna went to"),
        Piece(PieceKind.MISSING, "oslo"),
        Piece(PieceKind.ADDED, "bergen today"),
    )


@given(WORDS, WORDS)
def test_both_answers_can_be_read_from_the_difference(wanted: str, answer: str):
    pieces = difference(wanted, answer)
    read = lambda left_out: tokens(" ".join(one.text for one in pieces if one.change is not left_out))  # noqa: E731
    assert read(PieceKind.ADDED) == tokens(wanted)
    assert read(PieceKind.MISSING) == tokens(answer)


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("no no no", True),
        ("no no", False),
        ("to oslo to oslo to oslo and back", True),
        ("a b a b a c", False),
        ("", False),
    ],
)
def test_repetitions(text: str, repeated: bool):
    assert is_repeated(text) is repeated


def test_answers_that_broke_down():
    answers, right = (
        np.array(["", " ", "by", "by train", "x"]),
        np.array(["a", "b", "by train", "by train", "y"]),
    )
    assert faulty(Fault.EMPTY, answers, right).tolist() == [True, True, False, False, False]
    assert faulty(Fault.CUT, answers, right).tolist() == [False, False, True, False, False]
    assert faulty(Fault.CUT, answers, None) is None
