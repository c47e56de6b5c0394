"""Names and notes may hold anything that can be shown."""

import pytest

from core.domain.text import text_problems, visible

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
SCIENTIST = "\U0001f469\u200d\U0001f52c"


@pytest.mark.parametrize("text", ["ResNet <b>x</b>", "日本語", "two\nlines", "", PERSIAN, SCIENTIST])
def test_what_can_be_shown_is_accepted(text: str) -> None:
    assert text_problems("note", text, most=100) == []


@pytest.mark.parametrize(
    ("text", "message"), [("  ", "empty"), ("x" * 101, "101 characters"), ("a\0b", "control characters")]
)
def test_what_cannot_is_named(text: str, message: str) -> None:
    (problem,) = text_problems("name", text, most=100, required=True)
    assert message in problem.message
    assert problem.field == "name"


@pytest.mark.parametrize("invisible", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u3164", "\u200d"])
def test_invisible_characters_are_refused_and_named(invisible: str) -> None:
    (problem,) = text_problems("name", f"model{invisible}A", most=100, required=True)
    assert f"model<U+{ord(invisible):04X}>A" in problem.message


def test_what_is_kept_already_is_shown_with_numbers() -> None:
    assert visible("pruned\u200b \u202eexe.model") == "pruned<U+200B> <U+202E>exe.model"
    assert visible("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"
