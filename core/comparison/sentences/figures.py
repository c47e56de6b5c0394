"""Figures with their intervals, and which differences may be told as such."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from core.comparison.means import mean
from core.comparison.sentences.statement import Difference, Figure, Verdict
from core.domain.metric import MetricDefinition
from core.domain.model import Model

FLAT_POINTS = 1.0
"""Points within which figures without a known interval count as the same."""

FLAT_SHARE = 0.02
"""The same for all other metrics, as a share of the first value."""


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
    metric: MetricDefinition, before: Figure | None, after: Figure | None, caveats: Sequence[str] = ()
) -> Difference | None:
    """Return how a metric differs between two figures; None if one is missing.

    The margin is that of a difference of two independent figures: the root of the summed squares.
    """
    if before is None or after is None or not math.isfinite(after.value - before.value):
        return None
    amount = after.value - before.value
    margins = [figure.margin for figure in (before, after) if figure.margin is not None]
    margin = math.hypot(*margins) if margins else None
    if margin is not None and not math.isfinite(margin):
        return None
    verdict = _verdict(metric, before, after, margin)
    return Difference(metric, before, after, amount, margin, verdict, tuple(caveats))


def caveats_of(metric: MetricDefinition, models: Iterable[Model]) -> tuple[str, ...]:
    """Return what to know before these figures are compared, each once."""
    return tuple(dict.fromkeys(said for model in models for said in model.caveats.get(metric.name, ())))


def tolerance(metric: MetricDefinition, value: float) -> float:
    """Return the difference from a value that is told as none where intervals are not known."""
    if (scale := metric.points_per_unit) is not None:
        return FLAT_POINTS / scale
    return FLAT_SHARE * abs(value)


def _verdict(metric: MetricDefinition, before: Figure, after: Figure, margin: float | None) -> Verdict:
    amount = after.value - before.value
    if amount == 0:
        return Verdict.SAME
    if margin is not None and abs(amount) <= margin:
        return Verdict.UNCLEAR
    certain = before.measured and after.measured
    if not certain and abs(amount) <= tolerance(metric, before.value):
        return Verdict.SAME
    return Verdict.HIGHER if amount > 0 else Verdict.LOWER
