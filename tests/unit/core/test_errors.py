"""Unknown names: what is offered instead can be typed."""

import pytest

from core.errors import InvalidInput, Problem, UnknownName, UnusableInput
from core.presentation.lists import listed

LABELS = {
    "ffn-pruning": "Feed-forward pruning",
    "head-pruning": "Head pruning",
    "int8-kernels": "Int8 arithmetic",
    "wanda-pruning": "Wanda pruning",
}


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("Feed-forward pruning", "Did you mean ffn-pruning?"),
        ("feed forward pruning", "Did you mean ffn-pruning?"),
        ("INT8 arithmetic", "Did you mean int8-kernels?"),
        ("int8 arithmetics", "Did you mean int8-kernels?"),
        ("head_pruning", "Did you mean head-pruning?"),
        ("zzz", "Known: ffn-pruning, head-pruning, int8-kernels, wanda-pruning."),
    ],
)
def test_names_are_found_from_labels_too(written: str, hint: str) -> None:
    assert UnknownName("technique", written, LABELS, labels=LABELS).hint == hint


def test_names_that_are_spelt_alike_are_all_offered() -> None:
    assert UnknownName("model", "cnn 1", {"CNN-1", "cnn_1"}).hint == "Did you mean CNN-1 or cnn_1?"


def test_long_lists_say_how_many_more_there_are() -> None:
    assert listed([1, 2, 3], most=3) == "1, 2, 3"
    assert listed(range(1005), most=3) == "0, 1, 2 and 1,002 more"
    assert listed([]) == ""
    hint = UnknownName("technique", "zzz", (f"a{number:02}" for number in range(30))).hint
    assert hint == "Known: a00, a01, a02, a03, a04, a05, a06, a07 and 22 more."


def test_the_message_of_very_many_problems_stays_readable() -> None:
    problems = [Problem(f"models.{n}", f"Model {n} has no base.", f"Hint {n}.") for n in range(1000)]
    error = InvalidInput(problems)
    assert len(error.problems) == 1000
    assert error.message.endswith("Model 7 has no base. There are 992 more problems.")
    assert "Hint 7." in error.hint
    assert "Hint 8." not in error.hint
    assert "more" not in InvalidInput(problems[:8]).message


def test_what_a_library_says_at_length_is_cut_with_what_is_missing() -> None:
    error = UnusableInput("x" * 5000, "Look.")
    assert error.message == "x" * 2000 + " ... and 3,000 characters more"
    assert str(error) == f"{error.message} Look."
