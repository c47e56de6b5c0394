"""Choices: a metric over values of a variable that stand on no line, alone or at values of another one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from core.comparison.sentences.evidence import Context, Evidence
from core.comparison.sentences.statement import Difference, Point, Ranking, Setting, Spread
from core.comparison.sentences.trend import apart, never_trained, points_of
from core.comparison.variables.variables import Varying
from core.domain.metric import MetricDefinition


def ranking(
    evidence: Evidence,
    axis: Varying,
    context: Context,
    leads: Sequence[MetricDefinition],
    *,
    where: Setting | None = None,
) -> Ranking | None:
    """Return the choices from worst to best; None if fewer than two have figures."""
    metric = leads[0]
    points = _worst_first(metric, points_of(evidence, axis, context, metric))
    if len(points) < 2:
        return None
    worst, best = points[0], points[-1]
    whole, widest = evidence.difference(metric, worst.figure, best.figure), _widest(evidence, metric, points)
    if whole is None or widest is None or (widest[2].changed and not whole.changed):
        return None
    return Ranking(
        axis.variable.key,
        axis.label,
        tuple(points),
        whole,
        best_apart=all(apart(evidence, metric, best, other) for other in points[:-1]),
        worst_apart=all(apart(evidence, metric, worst, other) for other in points[1:]),
        where=where,
        untrained=never_trained(evidence, points),
    )


def spread(
    evidence: Evidence,
    axes: tuple[Varying, Varying],
    contexts: Sequence[Context],
    metric: MetricDefinition,
) -> Spread | None:
    """Return where the second axis matters most along the first.

    contexts: without models that lack the step, which show what the step does, not which choice. None if no
    two choices can be compared, or if a place does not say which models are meant.
    """
    along, axis = axes
    places: list[Setting] = []
    found: list[tuple[Setting, Point, Point, Difference]] = []
    for context in contexts:
        points = _worst_first(metric, points_of(evidence, axis, context, metric))
        if len(points) < 2:
            continue
        position = next(iter(context.values()))[0]
        places.append(evidence.setting(along, along.values[position]))
        widest = _widest(evidence, metric, points)
        if widest is not None and widest[2].changed:
            found.append((places[-1], *widest))
    if not places or len(set(places)) < len(places):
        return None
    if not found:
        return Spread(axis.variable.key, axis.label, metric, tuple(places))
    where, worst, best, gap = max(found, key=lambda entry: abs(entry[3].amount))
    return Spread(
        axis.variable.key,
        axis.label,
        metric,
        tuple(places),
        where,
        (worst, best),
        gap,
        never_trained(evidence, (worst, best)),
    )


def _worst_first(metric: MetricDefinition, points: Sequence[Point]) -> list[Point]:
    lower_better = metric.better(0.0, 1.0) is True
    return sorted(points, key=lambda point: point.figure.value, reverse=lower_better)


def _widest(
    evidence: Evidence, metric: MetricDefinition, points: Sequence[Point]
) -> tuple[Point, Point, Difference] | None:
    """Return the two points, worse one first, that differ most; those that may be told apart come first."""
    pairs = [
        (one, other, found)
        for one, other in itertools.combinations(points, 2)
        if (found := evidence.difference(metric, one.figure, other.figure)) is not None
    ]
    return max(pairs, key=lambda entry: (entry[2].changed, abs(entry[2].amount)), default=None)
