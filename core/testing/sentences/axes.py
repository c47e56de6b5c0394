"""Checks of what is said along a variable: trends, rankings and spreads."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

from core.comparison.sentences.statement import Line, Point, Ranking, Shape, Spread, Trend
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition
from core.testing.sentences.alike import level_of, only_in
from core.testing.sentences.contrasts import check_difference, check_untrained
from core.testing.sentences.situation import Gap, Situation, gap, improves


def check_trend(at: Situation, told: Trend) -> None:
    """Every measured model is in the trend, in the order of the values, and nothing else differs."""
    assert told.lines
    for line in told.lines:
        members = [one for point in line.points for one in point.figure.model_ids]
        assert sorted(members) == at.measured(line.metric, sorted(set(at.ids))), "models are passed over"
        _check_points(at, told.variable, line.metric, line.points)
        values = [_number(at, told.variable, point.figure.model_ids[0]) for point in line.points]
        assert values == sorted(values)
        assert len(set(values)) == len(values)
        _check_shape(at, line)
    points = [point for line in told.lines for point in line.points]
    check_untrained(at, told.untrained, _members(points))


def _members(points: Sequence[Point]) -> list[ModelId]:
    return [one for point in points for one in point.figure.model_ids]


def _number(at: Situation, variable: str, one: ModelId) -> float:
    level = level_of(at, variable, one)
    return float("-inf") if level is None else float(json.loads(level))


def _check_points(at: Situation, variable: str, metric: MetricDefinition, points: Sequence[Point]) -> None:
    for point in points:
        assert at.same_recipe(point.figure.model_ids)
        assert list(point.figure.model_ids) == at.measured(metric, point.figure.model_ids)
        assert point.setting.variable == variable
    for one, other in itertools.combinations(points, 2):
        pair = one.figure.model_ids[0], other.figure.model_ids[0]
        assert only_in(at, variable, *pair), f"models {pair} differ in more than {variable}"
        assert level_of(at, variable, pair[0]) != level_of(at, variable, pair[1])


def _gap(at: Situation, metric: MetricDefinition, one: Point, other: Point) -> Gap:
    return gap(at, metric, one.figure.model_ids, other.figure.model_ids)


def _check_shape(at: Situation, line: Line) -> None:
    metric, points = line.metric, list(line.points)
    differs = {
        pair: _gap(at, metric, points[pair[0]], points[pair[1]]).told
        for pair in itertools.combinations(range(len(points)), 2)
    }
    last = len(points) - 1
    if line.shape is Shape.HOLDS:
        assert not any(differs.values()), "some values differ"
    else:
        assert any(differs.values()), "no two values differ"
    if line.shape in (Shape.MOVES, Shape.HELD):
        assert differs[0, last], "the ends do not differ"
    if line.shape is Shape.HELD:
        assert line.held in points
        held = points.index(line.held)
        assert 0 < held < last
        assert not any(differs[pair] for pair in itertools.combinations(range(held + 1), 2))
    if line.shape is Shape.EXTREME:
        assert line.held in points
        top = points.index(line.held)
        assert 0 < top < last
        assert differs[0, top]
        assert differs[top, last]
        rise, fall = _gap(at, metric, points[0], points[top]), _gap(at, metric, points[top], points[last])
        assert (rise.amount > 0) != (fall.amount > 0), "it is no extreme"
        values = [point.figure.value for point in points]
        assert values[top] == (max(values) if rise.amount > 0 else min(values)), "another is further out"
        others = [pair for pair in differs if top in pair]
        assert line.unique == all(differs[pair] for pair in others)
    ends = {
        Shape.EXTREME: (points[0], line.held or points[0]),
        Shape.HOLDS: _range(points),
        Shape.RANGES: _range(points),
    }.get(line.shape, (points[0], points[last]))
    check_difference(at, line.difference, *(end.figure.model_ids for end in ends))


def _range(points: Sequence[Point]) -> tuple[Point, Point]:
    return min(points, key=lambda one: one.figure.value), max(points, key=lambda one: one.figure.value)


def check_ranking(at: Situation, told: Ranking) -> None:
    """Worst comes first, best last; each is called so only if it differs from every other."""
    metric, points = told.difference.metric, told.points
    assert len(points) > 1
    _check_points(at, told.variable, metric, points)
    if told.where is None:
        members = sorted(one for point in points for one in point.figure.model_ids)
        assert members == at.measured(metric, sorted(set(at.ids))), "models are passed over"
    for one, other in itertools.pairwise(points):
        found = _gap(at, metric, one, other)
        assert found.amount == 0 or improves(metric, found), "not in order"
    check_difference(at, told.difference, points[0].figure.model_ids, points[-1].figure.model_ids)
    best = [_gap(at, metric, points[-1], other).told for other in points[:-1]]
    worst = [_gap(at, metric, points[0], other).told for other in points[1:]]
    assert (told.best_apart, told.worst_apart) == (all(best), all(worst))
    check_untrained(at, told.untrained, _members(points))
    if not told.difference.changed:
        pairs = itertools.combinations(points, 2)
        assert not any(_gap(at, metric, one, other).told for one, other in pairs)


def check_spread(at: Situation, told: Spread) -> None:
    """No two selected recipes that differ in the variable alone differ more than is told."""
    metric = told.metric
    pairs = [
        (gap(at, metric, one, other), one, other)
        for one, other in itertools.combinations(at.groups(), 2)
        if len(at.recipe(one[0])) == len(at.recipe(other[0]))
        and only_in(at, told.variable, one[0], other[0])
        and at.measured(metric, one)
        and at.measured(metric, other)
        and len({level_of(at, told.variable, one[0]), level_of(at, told.variable, other[0])} - {None}) == 2
    ]
    assert pairs, "nothing could be compared"
    along = told.places[0].variable
    assert len(told.places) == len({level_of(at, along, one[0]) for _, one, _ in pairs})
    wide = [abs(found.amount) for found, _, _ in pairs if found.told]
    if told.widest is None or told.difference is None:
        assert not wide, "some choices differ"
        return
    worst, best = told.widest
    check_untrained(at, told.untrained, _members(told.widest))
    _check_points(at, told.variable, metric, (worst, best))
    check_difference(at, told.difference, worst.figure.model_ids, best.figure.model_ids)
    assert told.difference.changed
    assert improves(metric, _gap(at, metric, worst, best))
    assert abs(told.difference.amount) >= max(wide) * (1 - 1e-9), "others differ more"
    assert told.where in told.places
    values = {level_of(at, along, one) for point in told.widest for one in point.figure.model_ids}
    assert len(values) == 1
