"""Trends: metrics along one numeric variable while nothing else differs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from core.comparison.sentences.evidence import Context, Evidence
from core.comparison.sentences.statement import Difference, Line, Point, Shape, Trend, Verdict
from core.comparison.variables.variables import Varying
from core.domain.metric import MetricDefinition


def trend(
    evidence: Evidence, axis: Varying, context: Context, leads: Sequence[MetricDefinition]
) -> Trend | None:
    """Return what the metrics do over the values of the axis; None if none has two figures."""
    lines = [
        line
        for metric in leads
        if (line := _line(evidence, metric, points_of(evidence, axis, context, metric)))
    ]
    if not lines:
        return None
    told = [point for line in lines for point in line.points]
    return Trend(axis.variable.key, axis.short, tuple(lines), never_trained(evidence, told))


def never_trained(evidence: Evidence, points: Sequence[Point]) -> tuple[str, ...]:
    """Return the names of the models at these points that were never trained."""
    ids = dict.fromkeys(one for point in points for one in point.figure.model_ids)
    return evidence.untrained(evidence.models[one] for one in ids)


def points_of(evidence: Evidence, axis: Varying, context: Context, metric: MetricDefinition) -> list[Point]:
    """Return the figure at each value that has one, in the order of the values."""
    return [
        Point(evidence.setting(axis, level), figure)
        for level, positions in context.items()
        if (figure := evidence.figure(metric, positions)) is not None
    ]


def apart(evidence: Evidence, metric: MetricDefinition, one: Point, other: Point) -> Difference | None:
    """Return the difference between two points if it may be told as one."""
    found = evidence.difference(metric, one.figure, other.figure)
    return found if found is not None and found.changed else None


def _line(evidence: Evidence, metric: MetricDefinition, points: Sequence[Point]) -> Line | None:
    if len(points) < 2:
        return None
    low, high = _range(points)
    whole = evidence.difference(metric, low.figure, high.figure)
    ends = evidence.difference(metric, points[0].figure, points[-1].figure)
    if whole is None or ends is None:
        return None
    if not any(apart(evidence, metric, *pair) for pair in itertools.combinations(points, 2)):
        return Line(metric, tuple(points), Shape.HOLDS, whole)
    extreme = _extreme(evidence, metric, points)
    if extreme is not None:
        change = evidence.difference(metric, points[0].figure, extreme.figure) or whole
        others = [point for point in points if point is not extreme]
        unique = all(apart(evidence, metric, extreme, point) for point in others)
        return Line(metric, tuple(points), Shape.EXTREME, change, extreme, unique)
    if not ends.changed:
        return Line(metric, tuple(points), Shape.RANGES, whole)
    held = _held(evidence, metric, points)
    return Line(metric, tuple(points), Shape.HELD if held else Shape.MOVES, ends, held)


def _range(points: Sequence[Point]) -> tuple[Point, Point]:
    return min(points, key=lambda one: one.figure.value), max(points, key=lambda one: one.figure.value)


def _extreme(evidence: Evidence, metric: MetricDefinition, points: Sequence[Point]) -> Point | None:
    """Return the highest or lowest point in between if it differs from both ends; the better one first."""
    if len(points) < 3:
        return None
    low, high = _range(points[1:-1])
    better = metric.better(high.figure.value, low.figure.value)
    sides = [(high, Verdict.HIGHER), (low, Verdict.LOWER)]
    for point, wanted in sides if better is not False else reversed(sides):
        changes = [apart(evidence, metric, end, point) for end in (points[0], points[-1])]
        if all(change is not None and change.verdict is wanted for change in changes):
            return point
    return None


def _held(evidence: Evidence, metric: MetricDefinition, points: Sequence[Point]) -> Point | None:
    """Return the last point up to which no two differ; None if that is the first one."""
    held = None
    for count in range(2, len(points)):
        pairs = itertools.combinations(points[:count], 2)
        if any(apart(evidence, metric, *pair) for pair in pairs):
            break
        held = points[count - 1]
    return held
