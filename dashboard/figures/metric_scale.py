"""Numbers of a metric as people type them: per cent, kilobytes; and the histogram beside the boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.metric import Format, MetricDefinition
from dashboard.figures.extremes import share_between

BINS = 32


@dataclass(frozen=True)
class MetricScale:
    """What a value is multiplied by to be shown, and the unit it then has."""

    factor: float
    unit: str


def metric_scale(metric: MetricDefinition, largest: float) -> MetricScale:
    """Return the scale for values up to `largest`."""
    if metric.format is Format.PERCENT:
        return MetricScale(100.0, "%")
    if metric.format is Format.BYTES:
        for factor, unit in ((1e-9, "GB"), (1e-6, "MB"), (1e-3, "kB")):
            if largest * factor >= 1:
                return MetricScale(factor, unit)
        return MetricScale(1.0, "B")
    return MetricScale(1.0, metric.unit)


def histogram(values: Sequence[float]) -> list[float]:
    """Return the height, 0..1, of each of `BINS` equal bins between the smallest and largest value."""
    low, high = min(values), max(values)
    places = [share_between(value, low, high) if high > low else 0.5 for value in values]
    counts, _ = np.histogram(places, bins=BINS, range=(0.0, 1.0))
    return [float(height) for height in counts / max(1, counts.max())]
