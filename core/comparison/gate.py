"""Judge a figure against a limit: it holds, fails, or is unsure where the limit is within its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from core.domain.measurement.intervals import Interval


class Outcome(StrEnum):
    """What became of a condition."""

    HOLDS = "holds"  # all of the interval is on the right side of the limit
    FAILS = "fails"  # all of it is on the wrong side
    UNSURE = "unsure"  # the limit is within the interval: more instances would tell
    UNKNOWN = "unknown"  # there is no value


@dataclass(frozen=True)
class Limit:
    """The least or most that a value may be."""

    value: float
    least: bool

    def holds(self, value: float) -> bool:
        """Return whether a value keeps to it; the limit itself does."""
        return value >= self.value if self.least else value <= self.value


@dataclass(frozen=True)
class Checked:
    """A condition that was judged. note: what to know of the value, or why there is none."""

    name: str
    limit: Limit
    outcome: Outcome
    value: float | None = None
    interval: Interval | None = None
    note: str = ""


def check(
    name: str, limit: Limit, value: float | None, interval: Interval | None = None, note: str = ""
) -> Checked:
    """Judge a value by its 95 % interval; without one, by the value alone."""
    if value is None or math.isnan(value):
        return Checked(name, limit, Outcome.UNKNOWN, note=note or "There is no value.")
    known = interval if interval is not None and all(math.isfinite(end) for end in interval) else None
    kept = {limit.holds(end) for end in (known or (value,))}
    sure = Outcome.HOLDS if True in kept else Outcome.FAILS
    return Checked(name, limit, Outcome.UNSURE if len(kept) == 2 else sure, value, known, note)
