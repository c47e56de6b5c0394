"""Figures with their intervals, and which differences may be told as such."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from core.comparison.means import mean
from core.comparison.pairing import UNPAIRED, Pairing
from core.comparison.sentences.statement import Difference, Figure, Interval, Verdict
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model

FLAT_POINTS = 1.0
"""Points within which figures without a known interval count as the same."""

FLAT_SHARE = 0.02
"""The same for all other metrics, as a share of the smaller value."""

SITTINGS_SHARE = 0.25
"""The same for times: equal models timed one after the other differ by more than their intervals."""


_ROUNDING = 1e-9
"""What floats lose: 85 % and 84 % are one point apart, in whichever scale they are kept."""


def figure_of(metric: MetricDefinition, models: Iterable[Model]) -> Figure | None:
    """Return the mean of a metric over models that repeat one recipe; None if none has a finite value.

    The margin reaches from the mean to the farthest end of any of their intervals, so that repeats that
    disagree widen it.
    """
    found = [(model, model.metrics.get(metric.name, math.nan)) for model in models]
    finite = [(model, value) for model, value in found if math.isfinite(value)]
    if not finite:
        return None
    middle = mean([value for _, value in finite])
    known = [model.intervals.get(metric.name) for model, _ in finite]
    ends = [abs(value - middle) for _, value in finite] if len(finite) > 1 else []
    ends += [abs(end - middle) for interval in known if interval for end in interval]
    margin = max(ends) if ends and math.isfinite(max(ends)) else None
    return Figure(tuple(model.id for model, _ in finite), middle, margin, all(known))


def difference(
    metric: MetricDefinition,
    before: Figure | None,
    after: Figure | None,
    caveats: Sequence[str] = (),
    *,
    pairing: Pairing = UNPAIRED,
) -> Difference | None:
    """Return how a metric differs between two figures; None if one is missing.

    Two models with outcomes on the same instances have the interval of their paired difference. Otherwise
    the margin is that of a difference of two independent figures: the root of the summed squares.
    """
    if before is None or after is None or not math.isfinite(after.value - before.value):
        return None
    amount = after.value - before.value
    interval, margin = Interval.PAIRED, _paired_margin(metric, before, after, pairing)
    if margin is None:
        margins = [figure.margin for figure in (before, after) if figure.margin is not None]
        margin = math.hypot(*margins) if margins else None
        interval = Interval.NONE if margin is None else Interval.INDEPENDENT
    if margin is not None and not math.isfinite(margin):
        return None
    certain = interval is Interval.PAIRED or (before.measured and after.measured)
    verdict = _verdict(metric, (before.value, amount), margin, certain=certain)
    return Difference(metric, before, after, amount, margin, verdict, tuple(caveats), interval)


def _paired_margin(metric: MetricDefinition, before: Figure, after: Figure, pairing: Pairing) -> float | None:
    """Return the wider side of the paired interval; None of means over repeats, and without outcomes."""
    if len(before.model_ids) != 1 or len(after.model_ids) != 1:
        return None
    found = pairing.interval(metric.name, before.model_ids[0], after.model_ids[0])
    if found is None:
        return None
    amount = after.value - before.value
    return max(amount - found[0], found[1] - amount, 0.0)


def caveats_of(metric: MetricDefinition, models: Iterable[Model]) -> tuple[str, ...]:
    """Return what to know before these figures are compared, each once."""
    return tuple(dict.fromkeys(said for model in models for said in model.caveats.get(metric.name, ())))


def tolerance(metric: MetricDefinition, one: float, other: float) -> float:
    """Return the difference of two values that is reported as none where intervals are unknown.

    A share is one of the smaller value, so that it does not matter which of them comes first.
    """
    scale = metric.points_per_unit
    flat = flat_share(metric) * min(abs(one), abs(other)) if scale is None else FLAT_POINTS / scale
    return flat * (1 + _ROUNDING)


def flat_share(metric: MetricDefinition) -> float:
    """Return the share of a value within which another one is reported as equal."""
    return SITTINGS_SHARE if metric.timed else FLAT_SHARE


def _verdict(
    metric: MetricDefinition, found: tuple[float, float], margin: float | None, *, certain: bool
) -> Verdict:
    """Return what can be said of `found`: the value before and the amount.

    certain: whether the interval is all that has to be known. Times differ between sittings by more than
    their intervals tell, so that the tolerance always holds for efficiency.
    """
    before, amount = found
    if amount == 0:
        return Verdict.SAME
    if margin is not None and abs(amount) <= margin:
        return Verdict.UNCLEAR
    certain = certain and metric.group is Group.QUALITY
    if not certain and abs(amount) <= tolerance(metric, before, before + amount):
        return Verdict.SAME
    return Verdict.HIGHER if amount > 0 else Verdict.LOWER
