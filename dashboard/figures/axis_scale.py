"""The unit that the ticks of an axis have: that in which tables write its largest value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.metric import Format, MetricDefinition
from dashboard.figures.extremes import MOST_DECADES, drawing_factor
from dashboard.figures.metric_scale import metric_scale

_COUNTS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class AxisScale:
    """What values are multiplied by to be drawn, and the unit behind each tick.

    extreme: whether they are near the ends of what a float can hold, so that Plotly finds no ticks for them.
    """

    factor: float = 1.0
    unit: str = ""
    extreme: bool = False


def axis_scale(metric: MetricDefinition, values: NDArray[np.float64], *, log: bool) -> AxisScale:
    """Return the scale of an axis for finite values, shape (points,), positive ones if it is logarithmic."""
    extreme = drawing_factor(values)
    if log and (extreme != 1.0 or _decades(values) > MOST_DECADES):
        return AxisScale(unit="B" if metric.format is Format.BYTES else metric.unit)
    if extreme != 1.0:
        return AxisScale(extreme, extreme=True)
    largest = float(np.abs(values).max(initial=0.0))
    if metric.format is Format.COUNT:
        return next((AxisScale(1 / size, unit) for size, unit in _COUNTS if largest >= size), AxisScale())
    known = metric_scale(metric, largest)
    return AxisScale(known.factor, known.unit)


def _decades(values: NDArray[np.float64]) -> float:
    """Return how many powers of ten lie between the ends of positive values."""
    return math.log10(values.max()) - math.log10(values.min()) if len(values) else 0.0
