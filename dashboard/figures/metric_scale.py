"""Numbers of a metric as people type them: per cent, kilobytes; and the histogram beside the boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.metric import Format, MetricDefinition

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
    counts, _ = np.histogram(np.asarray(values, dtype=np.float64), bins=BINS)
    return [float(height) for height in counts / max(1, counts.max())]
