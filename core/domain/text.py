"""What people may write into names and notes."""

from __future__ import annotations

import unicodedata
from reprlib import Repr
from typing import Any

from core.errors import Problem

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 3


def shown(value: Any) -> str:
    """Return a value as a message quotes it: short, however large or deeply nested it is."""
    text = f"{value:g}" if isinstance(value, float) else _SHORT.repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def text_problems(field: str, text: str, *, most: int, required: bool = False) -> list[Problem]:
    """Return what is wrong with a text: missing, longer than `most` characters, control characters."""
    if required and not text.strip():
        return [Problem(field, "The name is empty.", "Give it a name.")]
    problems = []
    if len(text) > most:
        message = f"This text has {len(text):,} characters; at most {most:,} can be kept."
        problems.append(Problem(field, message, "Shorten it."))
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        message = "This text contains control characters, which cannot be shown."
        problems.append(Problem(field, message, "Type it again without them."))
    return problems
