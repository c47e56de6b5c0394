"""Names and phrases in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST_NAMED = 8
"""Names or problems that one sentence lists."""


def listed(names: Iterable[object], most: int = MOST_NAMED, *, mark: str = ", ") -> str:
    """Return names for a sentence, `a, b and 4 more` where there are too many; empty for none."""
    every = [str(name) for name in names]
    shown = mark.join(every[:most])
    return f"{shown} and {len(every) - most:,} more" if len(every) > most else shown


def joined(parts: Sequence[str]) -> str:
    """Return all parts of a sentence, e.g. `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
