"""Means that do not overflow."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mean(values: Sequence[float]) -> float:
    """Return the mean of one or more finite values, also where their sum is larger than any float."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        scale = 2.0 ** -len(values).bit_length()  # a power of two, so that nothing is rounded
        found = math.fsum(value * scale for value in values) / (len(values) * scale)
        return min(max(found, min(values)), max(values))
