"""People see message and hint, never a traceback."""

import logging

from core.errors import InvalidInput
from dashboard import errors


def test_expected_errors_are_told_in_their_own_words():
    told = errors.describe(InvalidInput.of("x", "The value is 3.", "Give at most 2."))
    assert (told["title"], told["message"], told["color"]) == ("The value is 3.", "Give at most 2.", "red")


def test_unexpected_errors_are_logged_and_not_shown(caplog, monkeypatch):
    monkeypatch.setattr(errors, "_trigger", lambda: "somewhere")
    with caplog.at_level(logging.ERROR):
        told = errors.describe(ZeroDivisionError("secret detail"))
    assert "secret" not in f"{told['title']} {told['message']}"
    assert "secret detail" in caplog.text
