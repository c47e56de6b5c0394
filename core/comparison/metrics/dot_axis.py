"""The axis of a dot-and-interval plot: it spans the values, so that close values look different."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from core.comparison.metrics.cells import MetricCell, MetricRow
from core.domain.metric import Format

MARGIN = 0.08
"""Share of the axis left free on each side."""


@dataclass(frozen=True)
class DotAxis:
    """From `low` to `high`; a fraction of the axis is 0 at its left end and 1 at its right one."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value lies, as a fraction of the axis; ends that lie outside are cut."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def dot_axis(row: MetricRow) -> DotAxis | None:
    """Return the axis of a metric; None where no model has a finite value."""
    found = [end for cell in (row.baseline, *row.cells) for end in _ends(cell)]
    if not found:
        return None
    low, high = min(found), max(found)
    if low == high:
        room = abs(low) * 0.05 or 1.0
        return DotAxis(low - room, high + room)
    room = (high - low) * MARGIN
    least = max(0.0, low - room) if low >= 0 else low - room  # no time or share is negative
    share = row.metric.format is Format.PERCENT and high <= 1
    return DotAxis(least, min(1.0, high + room) if share else high + room)


def _ends(cell: MetricCell) -> Iterable[float]:
    if cell.value is None:
        return []
    return [end for end in (cell.value, *(cell.interval or ())) if math.isfinite(end)]
