"""Durations."""

from __future__ import annotations

import itertools

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float | None) -> str:
    """Return a duration with its two largest units: `8.0 s`, `1 min 20 s`, `2 h 5 min`; a dash for None."""
    if seconds is None:
        return "\N{EM DASH}"
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = int(seconds + 0.5)  # half a second counts as one, as in the browser
    for (size, word), (smaller, smaller_word) in itertools.pairwise(_UNITS):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {word} {rest} {smaller_word}" if rest else f"{whole // size} {word}"
    return f"{whole} s"
