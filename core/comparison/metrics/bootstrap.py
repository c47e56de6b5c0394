"""Paired bootstrap: the same resamples of instances for every model, hence intervals of differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.comparison.behaviour.paired import Difference
from core.comparison.metrics.measures import Codes, Floats, Measure

RESAMPLES = 2000
MOST_GROUPS = 1000
"""More instances are put into so many groups at random, and groups are resampled: the standard error of a
smooth function of means is the same, estimated from 999 degrees of freedom."""


@dataclass(frozen=True)
class Ratio:
    """Value of the model over that of the baseline, with its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampled:
    """What the resamples say of one model against the baseline."""

    change: Difference
    ratio: Ratio


def paired_bootstrap(baseline: Measure, models: Sequence[Measure]) -> list[Resampled]:
    """Return the difference of each model from the baseline, which was measured on the same instances.

    Interval: percentiles of 2,000 resamples (seeded), widened for few instances so that they match Student's
    t (T. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 2015).
    P-value: t test with the standard error of the resamples. Both are NaN for fewer than two instances.
    Of optimistic measures, the interval is widened by what the optimism of both leaves open.

    Raises:
        ValueError: the models were measured on other numbers of instances.
    """
    if any(model.instances != baseline.instances for model in models):
        raise ValueError(f"instances differ: {[each.instances for each in (baseline, *models)]}")
    if baseline.instances < 2:
        return [_untested(baseline, model) for model in models]
    codes, groups = _groups(baseline.instances)
    before = _resampled(baseline, codes, groups)
    return [
        _compared(before, _resampled(model, codes, groups), groups, baseline.instances) for model in models
    ]


@dataclass(frozen=True, eq=False)
class _Draws:
    value: float
    resamples: Floats
    optimism: tuple[float, float]


def _resampled(measure: Measure, codes: Codes, groups: int) -> _Draws:
    sums = measure.sums(codes, groups)
    value = float(measure.value(sums.sum(axis=0)))
    return _Draws(value, measure.value(_counts(groups) @ sums), measure.optimism)


def _compared(before: _Draws, after: _Draws, groups: int, instances: int) -> Resampled:
    with np.errstate(invalid="ignore", divide="ignore"):
        differences = after.resamples - before.resamples
        ratios = after.resamples / before.resamples
        ratio = after.value / before.value if before.value else math.nan
    value = after.value - before.value
    if any(before.optimism) or any(after.optimism):
        return Resampled(
            _corrected(value, differences, _excess(before, after), groups, instances),
            Ratio(ratio, math.nan, math.nan),
        )
    low, high = _interval(differences, groups)
    change = Difference(value, low, high, _p_value(value, differences, groups), instances)
    return Resampled(change, Ratio(ratio, *_interval(ratios, groups)))


def _excess(before: _Draws, after: _Draws) -> tuple[float, float]:
    """Return the least and the most by which optimism exceeds the difference."""
    return after.optimism[0] - before.optimism[1], after.optimism[1] - before.optimism[0]


def _corrected(
    value: float, differences: Floats, excess: tuple[float, float], groups: int, instances: int
) -> Difference:
    """Return the difference with the interval of what it is without optimism.

    Resamples are optimistic once more, so that they are first moved to the value that was measured.
    """
    least, most = excess
    low, high = _interval(differences - (differences.mean() - value), groups)
    nearest = min(max(0.0, value - most), value - least)  # to no difference, of all that optimism leaves open
    p_value = _p_value(nearest, differences, groups)
    return Difference(value, low - most, high - least, p_value, instances)


def _interval(draws: Floats, groups: int) -> tuple[float, float]:
    if not np.isfinite(draws).all():
        return math.nan, math.nan
    tail = _tail(groups)
    low, high = np.quantile(draws, (tail, 1 - tail)).tolist()
    return low, high


@lru_cache(maxsize=64)
def _tail(groups: int) -> float:
    """Return the share of resamples left out on each side: less than 2.5 % for few groups."""
    from scipy.special import ndtr, stdtrit

    wide = math.sqrt(groups / (groups - 1)) * float(stdtrit(groups - 1, 0.975))
    return float(ndtr(-wide))


def _p_value(value: float, differences: Floats, groups: int) -> float:
    from scipy.special import stdtr

    error = float(differences.std(ddof=1)) * math.sqrt(groups / (groups - 1))
    if not math.isfinite(value) or not math.isfinite(error):
        return math.nan
    if error <= abs(value) * 1e-12:
        return 1.0 if value == 0 else 0.0
    return 2 * float(stdtr(groups - 1, -abs(value) / error))


def _untested(baseline: Measure, model: Measure) -> Resampled:
    before, after = (each.total() if each.instances else math.nan for each in (baseline, model))
    change = Difference(after - before, math.nan, math.nan, math.nan, baseline.instances)
    ratio = after / before if before else math.nan
    return Resampled(change, Ratio(ratio, math.nan, math.nan))


def _groups(instances: int) -> tuple[Codes, int]:
    groups = min(instances, MOST_GROUPS)
    codes = np.arange(instances, dtype=np.int64) % groups
    return np.random.default_rng(0).permutation(codes), groups


@lru_cache(maxsize=4)
def _counts(groups: int) -> Floats:
    """Return how often each group is in each resample, `(resamples, groups)`."""
    draw = np.random.default_rng(1)
    return draw.multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES).astype(np.float64)
