"""Parallel coordinates: an axis per metric or parameter, a line per model; `parallel.js` draws the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.comparison.filtering import METRIC, parameter_field, parameter_of, recipes_of
from core.comparison.variables.values import Value, value_of
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from core.domain.recipe import Step
from dashboard.figures.axes import BETTER
from dashboard.figures.encoding import VisualEncoding, extent, finite
from dashboard.figures.extremes import share_between, value_between
from dashboard.figures.wording import Specs, parameter_label, parameter_spec, technique_label

MOST_TICKS = 12

Drawing = dict[str, Any]


def draw_parallel(
    models: Sequence[Model],
    fields: Sequence[str],
    metrics: Mapping[str, MetricDefinition],
    *,
    specs: Specs,
    encoding: VisualEncoding,
) -> Drawing:
    """Return `axes` (label, below, detail, ticks), `lines` (id, fill, places), and other colours in `theme`.

    fields: `metric:<name>` or `parameter:<technique>:<name>`; unknown ones are left out. Places are shares
    0..1 of each axis, None where a model has no such figure or step. Parameters have a place per value.
    """
    recipes = recipes_of(models)
    axes, columns = [], []
    for field in fields:
        kind, _, rest = field.partition(":")
        if kind == METRIC and rest in metrics:
            axis, column = _metric_axis(models, metrics[rest])
        elif kind != METRIC:
            axis, column = _parameter_axis(models, recipes, field, specs)
        else:
            continue
        axes.append({"field": field, **axis})
        columns.append(column)
    theme = encoding.theme
    lines = [
        {"id": str(model.id), "fill": encoding.fill(model) or theme.missing, "places": list(places)}
        for model, places in zip(models, zip(*columns, strict=True), strict=True)
    ] if columns else []  # fmt: skip
    colours = {name: getattr(theme, name) for name in ("selected", "text", "dimmed", "border", "accent")}
    return {"axes": axes, "lines": lines, "theme": colours | {"surface": theme.surface}}


def default_fields(
    models: Sequence[Model], metrics: Sequence[MetricDefinition], *, most: int = 3
) -> tuple[str, ...]:
    """Return two parameters that vary in most models (`most` - 1), then up to `most` leading metrics."""
    seen: dict[str, set[Value]] = {}
    uses: dict[str, int] = {}
    for model in models:
        for name, raw in model.step.parameters.items() if model.step else ():
            field = parameter_field(model.step.technique, name) if model.step else ""
            seen.setdefault(field, set()).add(value_of(raw))
            uses[field] = uses.get(field, 0) + 1
    varied = sorted((field for field in seen if len(seen[field]) > 1), key=lambda field: -uses[field])
    measured = [metric for metric in metrics if extent(models, metric)]
    return (*varied[: most - 1], *(f"{METRIC}:{metric.name}" for metric in measured[:most]))


def _metric_axis(models: Sequence[Model], metric: MetricDefinition) -> tuple[Drawing, list[float | None]]:
    known = extent(models, metric)
    low, high = (known.low, known.high) if known else (0.0, 1.0)
    values = [finite(model.metrics, metric) for model in models]
    column = [
        None if value is None else share_between(value, low, high) if high > low else 0.0 for value in values
    ]
    shares = (0.0, 0.5, 1.0) if high > low else (0.0,)
    ticks = (
        [[share, format_value(metric, value_between(share, low, high))] for share in shares] if known else []
    )
    detail = f"{metric.label}: {metric.description}" if metric.description else metric.label
    return {
        "label": metric.label,
        "below": BETTER[metric.direction],
        "detail": detail,
        "ticks": ticks,
    }, column


def _parameter_axis(
    models: Sequence[Model], recipes: Mapping[ModelId, Sequence[Step]], field: str, specs: Specs
) -> tuple[Drawing, list[float | None]]:
    technique, name = parameter_of(field)
    values = [_last(recipes[model.id], technique, name, specs) for model in models]
    levels = sorted({value for value in values if value is not None}, key=lambda value: value.order)
    place = {level: index / max(1, len(levels) - 1) for index, level in enumerate(levels)}
    every = -(-len(levels) // MOST_TICKS) or 1
    ticks = [[place[level], level.text] for level in levels[::every]]
    label = parameter_label(technique, name, specs)
    operation = technique_label(technique, specs)
    detail = f"{label} of {operation}"
    column = [None if value is None else place[value] for value in values]
    return {"label": label, "below": operation, "detail": detail, "ticks": ticks}, column


def _last(recipe: Sequence[Step], technique: str, name: str, specs: Specs) -> Value | None:
    for step in reversed(recipe):
        if step.technique == technique and name in step.parameters:
            return value_of(step.parameters[name], parameter_spec(technique, name, specs))
    return None
