"""How counts, numbers, bounds and labels are written everywhere."""

import pytest

from core.presentation.bounds import bounds
from core.presentation.counts import counted, ordinal
from core.presentation.labels import in_sentence
from core.presentation.lists import joined
from core.presentation.numbers import number


def test_counts_agree_with_their_nouns() -> None:
    said = [
        counted(n, noun) for n, noun in ((0, "run"), (1, "run"), (1000, "run"), (2, "class"), (3, "entry"))
    ]
    assert said == ["0 runs", "1 run", "1,000 runs", "2 classes", "3 entries"]
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 112, 21)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "112th",
        "21st",
    ]
    assert [joined(list("abc"[:n])) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


def test_numbers_have_no_trailing_zeros() -> None:
    expected = ["1,000,000", "0.99", "1e-05", "inf", "2"]
    assert [number(value) for value in (1e6, 0.99, 1e-5, float("inf"), 2.0)] == expected


@pytest.mark.parametrize(
    ("low", "high", "above", "below", "words"),
    [
        (0, 1, None, None, "from 0 to 1"),
        (0, None, None, 1, "from 0 to below 1"),
        (None, 1, 0, None, "above 0 and at most 1"),
        (None, None, 0, 1, "above 0 and below 1"),
        (1, None, None, None, "at least 1"),
        (None, None, 0, None, "above 0"),
        (None, 10_000, None, None, "at most 10,000"),
        (None, None, None, 1, "below 1"),
        (None, None, None, None, ""),
    ],
)
def test_bounds_are_worded_one_way(
    low: float | None, high: float | None, above: float | None, below: float | None, words: str
) -> None:
    assert bounds(low, high, above=above, below=below) == words


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Magnitude pruning", "magnitude pruning"),
        ("GPTQ rounding", "GPTQ rounding"),
        ("N:M pruning", "N:M pruning"),
        ("Weight-only quantization", "weight-only quantization"),
        ("Top-1 Accuracy", "top-1 accuracy"),
        ("ROUGE-L", "ROUGE-L"),
    ],
)
def test_acronyms_keep_their_capitals_in_sentences(label: str, words: str) -> None:
    assert in_sentence(label) == words
