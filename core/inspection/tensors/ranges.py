"""Between which values the numbers of a tensor lie."""

from __future__ import annotations

import math

from torch import Tensor

Range = tuple[float, float]
NOWHERE: Range = (math.inf, -math.inf)
"""The range of no value at all."""


def bounds(values: Tensor) -> Range:
    """Return the lowest and highest value, both NaN if any is; `NOWHERE` without values."""
    if not values.numel():
        return NOWHERE
    low, high = values.aminmax()
    return float(low), float(high)


def finite_range(values: Tensor) -> Range:
    """Return the range of the finite values, half a unit wider on each side if it is a point; else (0, 1)."""
    low, high = bounds(values.detach())
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = bounds(values[values.isfinite()])
    if low > high:
        return 0.0, 1.0
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def wider(one: Range, other: Range) -> Range:
    """Return the range that covers both."""
    return min(one[0], other[0]), max(one[1], other[1])
