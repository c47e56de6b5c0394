"""Durations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

_COARSE = (
    *((60, 10, 1, "s"), (600, 60, 60, "min"), (3_600, 300, 60, "min")),
    *((36_000, 1_800, 3_600, "h"), (86_400, 3_600, 3_600, "h")),
)
"""Up to which duration estimates are rounded to what, and in which unit they are written; all in seconds."""
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


def time_range(low_s: float, high_s: float) -> str:
    """Write an estimate as the range that it is, e.g. `a few seconds`, `1 to 3 min`, `40 s to 2 min`."""
    low, high = rounded(low_s, math.floor), rounded(high_s, math.ceil)
    if not high[0] or high == (10, "s"):
        return "a few seconds"
    if not low[0]:
        return f"up to {high[0]:g} {high[1]}"
    if low == high:
        return f"about {high[0]:g} {high[1]}"
    first = f"{low[0]:g}" if low[1] == high[1] else f"{low[0]:g} {low[1]}"
    return f"{first} to {high[0]:g} {high[1]}"


def rounded(seconds: float, direction: Callable[[float], int]) -> tuple[float, str]:
    """Return a number and its unit, as coarse as an estimate is."""
    for below_s, step_s, unit_s, unit in _COARSE:
        rounded_s = direction(seconds / step_s) * step_s
        if rounded_s < below_s:
            return rounded_s / unit_s, unit
    return direction(seconds / 86_400), "d"
