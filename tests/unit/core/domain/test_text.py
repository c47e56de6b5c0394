"""Names and notes may hold anything that can be shown."""

import pytest

from core.domain.text import text_problems


@pytest.mark.parametrize("text", ["ResNet <b>x</b>", "日本語", "two\nlines", ""])
def test_what_can_be_shown_is_accepted(text: str) -> None:
    assert text_problems("note", text, most=100) == []


@pytest.mark.parametrize(
    ("text", "message"), [("  ", "empty"), ("x" * 101, "101 characters"), ("a\0b", "control characters")]
)
def test_what_cannot_is_named(text: str, message: str) -> None:
    (problem,) = text_problems("name", text, most=100, required=True)
    assert message in problem.message
    assert problem.field == "name"
