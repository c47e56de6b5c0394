"""Differences between two models on the same instances, with 95 % intervals and p-values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.false_discovery import false_discovery_rates
from core.domain.measurement.intervals import Z95, proportion_interval

Bools = NDArray[np.bool_]
LEVEL = 0.05


@dataclass(frozen=True)
class Difference:
    """A value of the model minus that of the baseline.

    low, high: 95 % interval of the difference; NaN without instances.
    p_value: of the hypothesis that there is no difference; NaN without instances.
    significant: whether it remains at a level of 5 % after correction for the number of comparisons.
    """

    value: float
    low: float
    high: float
    p_value: float
    instances: int
    significant: bool = False


NOTHING = Difference(math.nan, math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Pairs:
    """How often two models are right on the same instances."""

    both: int
    only_before: int
    only_after: int
    neither: int

    @classmethod
    def of(cls, before: Bools, after: Bools) -> Pairs:
        """Count the four cases."""
        return cls.of_groups(before, after, np.zeros(len(before), np.int64), 1)[0]

    @classmethod
    def of_groups(cls, before: Bools, after: Bools, codes: NDArray[np.integer], groups: int) -> list[Pairs]:
        """Count the four cases in each group; `codes` is the group of each instance, `(instances,)`.

        Raises:
            ValueError: the shapes differ.
        """
        if not before.shape == after.shape == codes.shape:
            raise ValueError(f"shapes differ: {before.shape}, {after.shape}, {codes.shape}")
        cases = codes.astype(np.int64) * 4 + 2 * ~before + ~after
        counts = np.bincount(cases, minlength=4 * groups).reshape(groups, 4)
        return [cls(*row) for row in counts.tolist()]

    @property
    def instances(self) -> int:
        """The number of instances."""
        return self.both + self.only_before + self.only_after + self.neither

    @property
    def right_before(self) -> float:
        """Share of instances on which the baseline is right; NaN without instances."""
        return (self.both + self.only_before) / self.instances if self.instances else math.nan

    @property
    def right_after(self) -> float:
        """Share of instances on which the model is right; NaN without instances."""
        return (self.both + self.only_after) / self.instances if self.instances else math.nan


def share_difference(pairs: Pairs) -> Difference:
    """Return the change of the share of right instances.

    P-value: McNemar's exact test, which asks whether as many instances became right as became wrong.
    """
    from scipy.special import bdtr

    total = pairs.instances
    if not total:
        return NOTHING
    low, high = share_interval(pairs)
    changed = pairs.only_before + pairs.only_after
    fewer = min(pairs.only_before, pairs.only_after)
    p_value = min(1.0, 2 * float(bdtr(fewer, changed, 0.5))) if changed else 1.0
    return Difference(pairs.right_after - pairs.right_before, low, high, p_value, total)


@dataclass(frozen=True)
class ErrorRatio:
    """Error rate of the model over that of the baseline, minus 1, with its 95 % interval.

    NaN where the baseline makes no error.
    """

    value: float
    low: float
    high: float


def error_ratio(pairs: Pairs) -> ErrorRatio:
    """Return the relative change of the error rate.

    Interval of the logarithm of a ratio of paired proportions: A. Agresti, "Categorical Data Analysis",
    3rd edition 2013, section 11.1; half an error is added to each count where one of them is 0.
    """
    before, after = pairs.neither + pairs.only_after, pairs.neither + pairs.only_before
    if before == 0:
        return ErrorRatio(math.nan, math.nan, math.nan)
    ratio = after / before
    smooth = 0.5 if after == 0 else 0.0
    x, y = before + smooth, after + smooth
    discordant = pairs.only_before + pairs.only_after
    spread = Z95 * math.sqrt((discordant + 2 * smooth) / (x * y))
    centre = math.log(y / x)
    return ErrorRatio(ratio - 1, math.exp(centre - spread) - 1, math.exp(centre + spread) - 1)


def corrected(differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences with `significant` set, false discovery rate 5 % over all of them."""
    adjusted = false_discovery_rates([one.p_value for one in differences])
    return [
        replace(one, significant=bool(rate <= LEVEL)) for one, rate in zip(differences, adjusted, strict=True)
    ]


def share_interval(pairs: Pairs) -> tuple[float, float]:
    """Return the 95 % interval of the change of the share of right instances.

    R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 1998, method 10.
    """
    total, before, after = pairs.instances, pairs.right_before, pairs.right_after
    before_low, before_high = proportion_interval(before, total) or (math.nan, math.nan)
    after_low, after_high = proportion_interval(after, total) or (math.nan, math.nan)
    likeness = _correlation(pairs)

    def reach(up: float, down: float) -> float:
        return math.sqrt(max(0.0, up**2 - 2 * likeness * up * down + down**2))

    value = after - before
    low = value - reach(after - after_low, before_high - before)
    high = value + reach(after_high - after, before - before_low)
    return max(-1.0, low), min(1.0, high)


def _correlation(pairs: Pairs) -> float:
    """Return the continuity-corrected correlation of being right."""
    margins = (
        (pairs.both + pairs.only_before)
        * (pairs.only_after + pairs.neither)
        * (pairs.both + pairs.only_after)
        * (pairs.only_before + pairs.neither)
    )
    if margins == 0:
        return 0.0
    numerator: float = pairs.both * pairs.neither - pairs.only_before * pairs.only_after
    if numerator > 0:
        numerator = max(0.0, numerator - pairs.instances / 2)
    return numerator / math.sqrt(margins)
