"""Grouped figures of a selection: a metric over one variable that differs, with a second one as colour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.comparison.means import mean
from core.comparison.variables.values import Value
from core.comparison.variables.variables import Differences, Kind, Varying
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition
from core.domain.model import Model


@dataclass(frozen=True)
class Point:
    """All selected models that share a value of x and of colour: mean and range of the metric over them.

    model_ids: those whose metric is a finite number. mean, low, high: in the unit of the metric.
    low, high: of several models their range; of one its 95 % interval where that is known, else its value.
    """

    x: Value
    model_ids: tuple[ModelId, ...]
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Series:
    """The points of one colour, by ascending x; `colour` is None where no variable is shown as colour."""

    colour: Value | None
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    """One metric of the selection. `unmeasured` are the models that have no finite value of it."""

    metric: MetricDefinition
    series: tuple[Series, ...]
    unmeasured: tuple[ModelId, ...]


@dataclass(frozen=True)
class Chip:
    """One value of a variable and the selected models that have it, to narrow the selection to them."""

    variable: Varying
    value: Value
    model_ids: tuple[ModelId, ...]


@dataclass(frozen=True)
class Grouping:
    """How a selection is drawn.

    x, colour: the variables shown; both None if one bar per model is all that can be drawn (`by_model`), or
        if the models do not differ at all.
    charts: one per metric, in the order asked for.
    chips: the values of each chosen variable.
    by_model: more than two variables are needed, so every model stands for itself; show the table as well.
    """

    x: Varying | None
    colour: Varying | None
    charts: tuple[Chart, ...]
    chips: tuple[Chip, ...]
    by_model: bool


def grouped(
    differences: Differences, models: Iterable[Model], metrics: Sequence[MetricDefinition]
) -> Grouping:
    """Return the charts of a selection, one per metric, over the variables that tell its models apart.

    Models that differ only in the seed repeat each other: they fall on one point with a range. Of two
    variables the numeric one with more values is x; with more than two, each model is its own bar.
    """
    axes = [varying for varying in differences.chosen if varying.variable.kind is not Kind.SEED]
    if not axes:
        axes = list(differences.chosen)
    by_model = len(axes) > 2
    x, colour = (None, None) if by_model else _axes(axes)
    by_id = {model.id: model for model in models}
    selected = [by_id[model_id] for model_id in differences.model_ids]
    x_values = (
        x.values if x else tuple(Value(model.id if by_model else "all", model.name) for model in selected)
    )
    colours = colour.values if colour else (None,) * len(selected)
    return Grouping(
        x=x,
        colour=colour,
        charts=tuple(_chart(metric, selected, x_values, colours) for metric in metrics),
        chips=tuple(chip for varying in differences.chosen for chip in _chips(differences, varying)),
        by_model=by_model,
    )


def _axes(axes: Sequence[Varying]) -> tuple[Varying | None, Varying | None]:
    ordered = sorted(axes, key=lambda varying: (not varying.numeric, -len(set(varying.values))))
    first = ordered[0] if ordered else None
    return first, ordered[1] if len(ordered) > 1 else None


def _chart(
    metric: MetricDefinition,
    selected: Sequence[Model],
    x_values: Sequence[Value],
    colours: Sequence[Value | None],
) -> Chart:
    cells: dict[Value | None, dict[Value, list[Model]]] = {}
    unmeasured = []
    for model, x, colour in zip(selected, x_values, colours, strict=True):
        if math.isfinite(model.metrics.get(metric.name, math.nan)):
            cells.setdefault(colour, {}).setdefault(x, []).append(model)
        else:
            unmeasured.append(model.id)
    series = [
        Series(
            colour, tuple(_point(x, points[x], metric) for x in sorted(points, key=lambda value: value.order))
        )
        for colour, points in cells.items()
    ]
    series.sort(key=lambda one: one.colour.order if one.colour else (0, 0.0, ""))
    return Chart(metric, tuple(series), tuple(unmeasured))


def _point(x: Value, models: Sequence[Model], metric: MetricDefinition) -> Point:
    values = [model.metrics[metric.name] for model in models]
    ends = (min(values), max(values))
    if len(models) == 1:
        ends = models[0].intervals.get(metric.name, ends)
    return Point(x, tuple(model.id for model in models), mean(values), *ends)


def _chips(differences: Differences, varying: Varying) -> list[Chip]:
    ids = differences.model_ids
    return [
        Chip(
            varying,
            level,
            tuple(one for one, value in zip(ids, varying.values, strict=True) if value == level),
        )
        for level in varying.levels()
    ]
