"""Which modules a regular expression finds, within a bounded time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence

from core.errors import InvalidInput

LONGEST_S = 2.0
"""Time after which an expression is given up: a few need exponential time."""
_FIELD = "pattern"
_SEARCH = (
    "import json, re, sys\n"
    "pattern, names = json.load(sys.stdin)\n"
    "find = re.compile(pattern).search\n"
    "json.dump([place for place, name in enumerate(names) if find(name)], sys.stdout)\n"
)
_NESTED = re.compile(r"[*+}][^()]*\)[*+{]|\|[^()]*\)[*+{]|[*+}].*[*+}].*[*+}]|\\\d|\(\?P=")
"""What may take exponential time or that of a high power: repeats in repeats, many repeats, references."""


def problem(pattern: str) -> str:
    """Return what is wrong with a regular expression; empty if nothing is."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{pattern!r} is no regular expression: {error}."
    return ""


def matching(pattern: str, names: Sequence[str]) -> list[int]:
    """Return the places of the names that the expression finds; all for an empty one.

    Expressions that may take long run in a process of their own, which is ended after `LONGEST_S`.

    Raises:
        InvalidInput: it is no regular expression, or takes too long.
    """
    if found := problem(pattern):
        raise InvalidInput.of(_FIELD, found, "Correct it, or leave it empty for all modules.")
    if not _NESTED.search(pattern):
        find = re.compile(pattern).search
        return [place for place, name in enumerate(names) if find(name)]
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _SEARCH],
            input=json.dumps([pattern, list(names)]),
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{pattern!r} takes longer than {LONGEST_S:g} s."
        raise InvalidInput.of(_FIELD, message, "Avoid repeats within repeats, such as (a+)+.") from error
    places: list[int] = json.loads(done.stdout)
    return places
