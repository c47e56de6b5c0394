"""Figures near the ends of what a float can hold: shares, scales and ticks that do not overflow.

The difference of 1e308 and -1e308 is infinite, and a logarithmic axis from 5e-324 to 1e308 has 632 decades;
plots that are given only the values stay empty or never end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.metric import MetricDefinition, format_value

LARGEST_EXPONENT = 100
"""Values between 1e-100 and 1e100 are drawn as they are."""

MOST_DECADES = 12
"""Powers of ten that an axis marks by itself; on a wider one, some of them are chosen."""

TICKS = 6


def share_between(value: float, low: float, high: float) -> float:
    """Return where a value lies from `low` (0) to `high` (1), which differ."""
    if math.isinf(high - low):
        return (value / 2 - low / 2) / (high / 2 - low / 2)
    return (value - low) / (high - low)


def value_between(share: float, low: float, high: float) -> float:
    """Return the value at a share, 0..1, of the way from `low` to `high`."""
    return low * (1 - share) + high * share


def drawing_factor(values: NDArray[np.float64]) -> float:
    """Return what finite values have to be multiplied by for a plot to compute with them; mostly 1."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0 or abs(math.log10(largest)) <= LARGEST_EXPONENT:
        return 1.0
    return 10.0 ** -max(-300, math.floor(math.log10(largest)))


def extreme_axis(
    metric: MetricDefinition, values: NDArray[np.float64], *, log: bool, factor: float
) -> dict[str, Any]:
    """Return range and ticks of an axis on which Plotly would not find any by itself; empty where it would.

    values: as they are drawn, that is multiplied by `factor`; shape (points,), not all the same.
    """
    low, high = float(values.min()), float(values.max())
    if log:
        return _decades(math.log10(low), math.log10(high))
    if factor == 1.0:
        return {}
    shares = [at / (TICKS - 1) for at in range(TICKS)]
    places = [value_between(share, low, high) for share in shares]
    pad = (high - low) / 20
    return {
        "range": [low - pad, high + pad],
        "tickvals": places,
        "ticktext": [
            format_value(metric, value_between(share, low / factor, high / factor)) for share in shares
        ],
        "ticksuffix": "",
    }


def _decades(low: float, high: float) -> dict[str, Any]:
    """Return a few powers of ten between two exponents; none if there are not many to begin with."""
    if high - low <= MOST_DECADES:
        return {}
    every = math.ceil((high - low) / TICKS)
    marked = [power for power in range(math.ceil(low), math.floor(high) + 1) if power % every == 0]
    pad = (high - low) / 20
    return {
        "range": [low - pad, high + pad],
        "tickvals": [10.0**power for power in marked],
        "ticktext": [f"1e{power}" for power in marked],
        "ticksuffix": "",
    }
