"""95 % intervals of figures that are proportions or means over instances, or medians of repetitions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
"""Lower and upper end."""

Z95 = 1.959963984540054
"""Half the width of the 95 % interval of a standard normal variable."""


def proportion_interval(share: float, instances: int, *, width: float = Z95) -> Interval | None:
    """Return Wilson's score interval of a proportion; None without instances, or where it is no proportion.

    width: half the width of the interval of a standard normal variable.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927. Unlike
    the normal interval it stays within 0..1 and has a width at 0 and 1.
    """
    if instances <= 0 or not 0 <= share <= 1:
        return None
    square = width**2
    centre = share + square / (2 * instances)
    spread = width * math.sqrt(share * (1 - share) / instances + square / (4 * instances**2))
    scale = 1 + square / instances
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return min(max(0.0, low), share), max(min(1.0, high), share)


def chosen_width(candidates: int) -> float:
    """Return half the width of a normal interval that holds for whichever of so many was chosen by its value.

    O. J. Dunn, "Multiple Comparisons Among Means", JASA 1961 (Bonferroni); `Z95` for one.
    """
    return NormalDist().inv_cdf(1 - 0.025 / max(1, candidates))


def mean_interval(values: NDArray[Any], weights: NDArray[Any] | None = None) -> Interval | None:
    """Return the normal interval of a mean over `values`, shape `(instances,)`; None for fewer than two.

    `weights`, e.g. the tokens of each instance, make it the interval of a weighted mean, a ratio of two sums
    (the delta method). Values that are all 0 or 1 are a proportion. None where a value is not finite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return None
    if weights is None and np.isin(numbers, (0.0, 1.0)).all():
        return proportion_interval(float(numbers.mean()), len(numbers))
    shares = np.ones(len(numbers)) if weights is None else np.asarray(weights, dtype=np.float64)
    if shares.sum() <= 0:
        return None
    mean = float((numbers * shares).sum() / shares.sum())
    residuals = (numbers - mean) * shares / shares.mean()
    error = float(residuals.std(ddof=1)) / math.sqrt(len(numbers))
    return mean - Z95 * error, mean + Z95 * error


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of a median between two order statistics; None for fewer than six values.

    How many values lie below the median is binomial, whatever their distribution. W. J. Conover, "Practical
    Nonparametric Statistics", 3rd edition 1999, section 3.2. Repetitions count as independent.
    """
    ordered = sorted(values)
    below = _least_below(len(ordered))
    return (ordered[below - 1], ordered[-below]) if below else None


def _least_below(count: int) -> int:
    """Return the largest rank that at most 2.5 % of samples have above their median; 0 if there is none."""
    rank, chance, total = 0, 0.5**count if count < 1000 else 0.0, 0.0
    if not chance:  # the binomial is normal by then
        return int(count / 2 - Z95 * math.sqrt(count) / 2)
    while total + chance <= 0.025:
        total += chance
        chance *= (count - rank) / (rank + 1)
        rank += 1
    return rank
