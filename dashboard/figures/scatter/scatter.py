"""The scatterplot of two metrics with its Pareto front; the title says what the front means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.comparison.pareto import pareto_front
from core.comparison.repeats import repeats
from core.domain.ids import ModelId
from core.domain.metric import Direction, MetricDefinition, format_value
from core.domain.model import Model
from dashboard.figures.axes import axis, axis_of_one, base_layout, log_steps, title_above
from dashboard.figures.axis_scale import AxisScale, axis_scale
from dashboard.figures.encoding import VisualEncoding, finite
from dashboard.figures.extremes import extreme_axis
from dashboard.figures.scatter.scatter_extras import emptiest, limit_label, names_trace, repeats_trace, roomy
from dashboard.theme import Theme, rim

_ROOMY = 200
"""Points up to which dots have their full size; more get smaller, so that they stay apart."""

_UNNAMED: Mapping[ModelId, str] = {}

Figure = dict[str, Any]


@dataclass(frozen=True)
class Points:
    """The models that have both metrics; `front` indexes them in order of x.

    faded: shape (points,), those that the filter keeps out; they are not on the front.
    repeats: indices of the points that differ in nothing but seeds, per group.
    without: how many models lack one of the metrics and cannot be shown.
    on_log_hidden: how many of the points have no place on a logarithmic axis (zero or less).
    """

    models: tuple[Model, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    front: NDArray[np.intp]
    without: int
    on_log_hidden: int
    faded: NDArray[np.bool_]
    repeats: tuple[NDArray[np.intp], ...]


@dataclass(frozen=True)
class ScatterAxes:
    """What the plot shows: a metric per axis, whether the axis is logarithmic, and what is drawn besides.

    show_names: the names of the models on the front. dim_dominated: whatever is not on the front is faint.
    show_repeats: mean and range of models that differ in nothing but seeds.
    """

    x: MetricDefinition
    y: MetricDefinition
    log_x: bool = False
    log_y: bool = False
    show_front: bool = True
    show_names: bool = False
    dim_dominated: bool = False
    show_repeats: bool = False


@dataclass(frozen=True)
class Limit:
    """A value of a metric, by its name, at which a line is drawn, and what is written on the line."""

    metric: str
    value: float
    text: str


def budget_limits(axes: ScatterAxes, budgets: Mapping[str, float]) -> list[Limit]:
    """Return the budgets of the metrics on the axes."""
    shown = dict.fromkeys((axes.x, axes.y))
    return [
        Limit(metric.name, budgets[metric.name], f"budget {format_value(metric, budgets[metric.name])}")
        for metric in shown
        if metric.name in budgets
    ]


def scatter_points(models: Sequence[Model], axes: ScatterAxes, passing: Set[ModelId] | None = None) -> Points:
    """Return the points and the front of those `passing` (None: all).

    Zero or less has no place on a logarithmic axis.
    """
    complete = [
        (model, x, y)
        for model in models
        if (x := finite(model.metrics, axes.x)) is not None
        and (y := finite(model.metrics, axes.y)) is not None
    ]
    shown = [
        entry for entry in complete if (entry[1] > 0 or not axes.log_x) and (entry[2] > 0 or not axes.log_y)
    ]
    across = np.array([entry[1] for entry in shown], dtype=np.float64)
    up = np.array([entry[2] for entry in shown], dtype=np.float64)
    faded = np.array([passing is not None and entry[0].id not in passing for entry in shown], dtype=np.bool_)
    kept = np.flatnonzero(~faded)
    directions = {"x_direction": axes.x.direction, "y_direction": axes.y.direction}
    front = kept[pareto_front(across[kept], up[kept], **directions)]
    without, hidden = len(models) - len(complete), len(complete) - len(shown)
    chosen = tuple(entry[0] for entry in shown)
    groups = _repeats(models, chosen, faded) if axes.show_repeats else ()
    return Points(chosen, across, up, front, without, hidden, faded, groups)


def _repeats(
    models: Sequence[Model], shown: Sequence[Model], faded: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], ...]:
    place = {model.id: index for index, model in enumerate(shown) if not faded[index]}
    groups = ([place[model.id] for model in group if model.id in place] for group in repeats(models))
    return tuple(np.array(group, dtype=np.intp) for group in groups if len(group) > 1)


def draw_scatter(
    points: Points,
    axes: ScatterAxes,
    encoding: VisualEncoding,
    limits: Sequence[Limit] = (),
    *,
    lineages: Mapping[ModelId, str] = _UNNAMED,
) -> Figure:
    """Return the Plotly figure: front, points and limits; `rings.js` draws what is selected over it.

    lineages: what models on the front are called; their name where there is none.
    """
    theme = encoding.theme
    front = points.front
    scales = {
        "x": axis_scale(axes.x, points.x, log=axes.log_x),
        "y": axis_scale(axes.y, points.y, log=axes.log_y),
    }
    points = replace(points, x=points.x * scales["x"].factor, y=points.y * scales["y"].factor)
    traces = [_points_trace(points, axes, encoding)]
    if points.repeats:
        traces.insert(0, repeats_trace(points.repeats, points.x, points.y, theme))
    if axes.show_front and len(front) > 1:
        traces.insert(0, _front_trace(points, theme))
    if axes.show_names:
        names = [lineages.get(points.models[index].id, points.models[index].name) for index in front]
        places = np.column_stack([_place(points.x, axes.log_x), _place(points.y, axes.log_y)])[front]
        traces.append(names_trace(names, points.x[front], points.y[front], roomy(places), theme))
    across = _axis(axes.x, points.x, theme, log=axes.log_x, scale=scales["x"])
    up = _axis(axes.y, points.y, theme, log=axes.log_y, scale=scales["y"])
    above = title_above(axes.y, theme, unit=scales["y"].unit if axes.log_y else "")
    layout = base_layout(theme) | {
        "xaxis": across,
        "yaxis": up | {"title": {"text": ""}},
        "annotations": [above, *_limit_labels(points, axes, limits, scales, theme)]
        if len(points.models)
        else [],
        "margin": {"l": 8, "r": 14, "t": 24, "b": 8},
        "dragmode": "select",
        "hovermode": "closest",
        "hoverdistance": 12,
        "uirevision": _zoom_key(axes, across, up, scales),
        "selectionrevision": "kept by the selection bus",
        "newselection": {"line": {"color": theme.accent, "width": 1, "dash": "solid"}},
        "meta": {"front": [str(points.models[index].id) for index in points.front]},
        "shapes": _limit_lines(axes, limits, scales, theme),
    }
    return {"data": traces, "layout": layout}


def _axis(
    metric: MetricDefinition, values: NDArray[np.float64], theme: Theme, *, log: bool, scale: AxisScale
) -> dict[str, Any]:
    """Return an axis that fits the values, which are as they are drawn; none where there are none."""
    usual = axis(metric, theme, log=log, unit=scale.unit)
    if len(values) == 0:
        return usual | {"visible": False}
    if values.min() == values.max():
        return usual | axis_of_one(metric, float(values[0]), log=log, factor=scale.factor)
    steps = log_steps(float(values.min()), float(values.max())) if log else {}
    extreme = extreme_axis(metric, values, log=log, factor=scale.factor) if log or scale.extreme else {}
    return usual | (extreme or steps)


def _zoom_key(
    axes: ScatterAxes, across: Mapping[str, Any], up: Mapping[str, Any], scales: Mapping[str, AxisScale]
) -> str:
    """Return a text that stays the same as long as a person's zoom fits what is drawn.

    Plotly keeps the ranges of figures with equal keys. It must not where an axis gets its first values, or
    where it finds the range by itself in one figure and is given it in the next: it would go back to the
    range of an empty axis.
    """
    factors = [scale.factor for scale in scales.values()]
    shown = [axes.x.name, axes.y.name, axes.log_x, axes.log_y, *factors]
    return " ".join(map(str, [*shown, _ranging(across), _ranging(up)]))


def _ranging(axis: Mapping[str, Any]) -> str:
    """Return who finds an axis' range: the figure (`given`) or Plotly (`free`); `none` without values."""
    return "given" if "range" in axis else "none" if axis.get("visible") is False else "free"


def _place(values: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    """Return where values lie on their axis, from 0 to 1."""
    drawn = np.log10(values) if log else values
    return (drawn - drawn.min(initial=np.inf)) / (np.ptp(drawn) or 1.0) if len(drawn) else drawn


def _points_trace(points: Points, axes: ScatterAxes, encoding: VisualEncoding) -> dict[str, Any]:
    theme = encoding.theme
    fills = [encoding.fill(model) for model in points.models]
    faint = points.faded.copy()
    if axes.dim_dominated and len(points.front):
        faint[:] = True
        faint[points.front] = False
    looks = [
        (theme.grid, theme.border)
        if dim
        else (fill, rim(theme, fill) or theme.surface)
        if fill
        else (theme.surface, theme.missing)
        for fill, dim in zip(fills, faint, strict=True)
    ]
    share = 0.75 * min(1.0, math.sqrt(_ROOMY / max(len(fills), 1)))
    return {
        "type": "scatter",  # scattergl compiles code from text, which the page's policy forbids
        "meta": "points",
        "mode": "markers",
        "x": points.x.tolist(),
        "y": points.y.tolist(),
        "customdata": [str(model.id) for model in points.models],
        "hoverinfo": "none",
        "marker": {
            "color": [fill for fill, _ in looks],
            "size": [encoding.diameter_px(model) * share for model in points.models],
            "opacity": 0.88,
            "line": {
                "color": [line for _, line in looks],
                "width": 1 if len(fills) <= _ROOMY else 0.4,
            },
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 0.45}},
    }


def _front_trace(points: Points, theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "meta": "front",
        "mode": "lines",
        "x": points.x[points.front].tolist(),
        "y": points.y[points.front].tolist(),
        "hoverinfo": "skip",
        "line": {"color": theme.dimmed, "width": 1.3},
    }


def _limit_lines(
    axes: ScatterAxes, limits: Sequence[Limit], scales: Mapping[str, AxisScale], theme: Theme
) -> list[dict[str, Any]]:
    return [
        {
            "type": "line",
            f"{side}0": limit.value * scales[side].factor,
            f"{side}1": limit.value * scales[side].factor,
            f"{side}ref": side,
            f"{other}0": 0,
            f"{other}1": 1,
            f"{other}ref": "paper",
            "line": {"color": theme.dimmed, "width": 1, "dash": "dash"},
            **({"label": {"text": limit.text, "font": {"size": 11}}} if side == "x" else {}),
        }
        for metric, log, side, other in (
            (axes.x, axes.log_x, "x", "y"),
            (axes.y, axes.log_y, "y", "x"),
        )
        for limit in limits
        if limit.metric == metric.name and (limit.value > 0 or not log)
    ]


def _limit_labels(
    points: Points, axes: ScatterAxes, limits: Sequence[Limit], scales: Mapping[str, AxisScale], theme: Theme
) -> list[dict[str, Any]]:
    """Return the labels of horizontal lines, where the fewest points are; else on the worse side."""
    labels = []
    for limit in limits:
        if limit.metric != axes.y.name or (axes.log_y and limit.value <= 0):
            continue
        value = limit.value * scales["y"].factor
        up = _place(np.append(points.y, value), axes.log_y)
        places = np.column_stack([_place(points.x, axes.log_x), up[:-1]])
        where = emptiest(places, float(up[-1]), above=axes.y.direction is Direction.LOWER)
        labels.append(limit_label(limit.text, math.log10(value) if axes.log_y else value, where, theme))
    return labels
