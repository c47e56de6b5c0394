"""What people may write into names and notes."""

from __future__ import annotations

import re
import unicodedata
from reprlib import Repr
from typing import Any

from core.errors import Problem

LONGEST_NOTE = 10_000
"""Characters of a note on a model, whether it is typed or imported."""

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 3


def shown(value: Any) -> str:
    """Return a value as a message quotes it: short, however large or deeply nested it is."""
    text = f"{value:g}" if isinstance(value, float) else _SHORT.repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]|(?<![^\x00-\x7f])[\u200c\u200d]"
)
"""Characters that nobody sees and that make texts look the same or reorder them, such as U+200B and U+202E.

Joiners are no such characters after letters of scripts that need them, and in emoji.
"""


def visible(text: str) -> str:
    """Return the text with invisible characters written as their numbers, e.g. `a<U+200B>b`."""
    return _INVISIBLE.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def text_problems(field: str, text: str, *, most: int, required: bool = False) -> list[Problem]:
    """Return what is wrong with a text: missing, too long, control characters, invisible characters."""
    if required and not text.strip():
        return [Problem(field, "The name is empty.", "Give it a name.")]
    problems = []
    if len(text) > most:
        message = f"This text has {len(text):,} characters; at most {most:,} can be kept."
        problems.append(Problem(field, message, "Shorten it."))
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        message = "This text contains control characters, which cannot be shown."
        problems.append(Problem(field, message, "Type it again without them."))
    if found := _INVISIBLE.search(text):
        around = visible(text[max(0, found.start() - 20) : found.end() + 20])
        message = f"This text contains an invisible character: {around}"
        problems.append(Problem(field, message, "Type it again without it."))
    return problems
