"""The filter tab: an editor per condition, and the chips of the bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.comparison.filtering import METRIC, Condition
from dashboard.components.markup import labelled
from dashboard.figures.encoding import finite
from dashboard.figures.metric_scale import histogram, metric_scale
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.filter.filter_fields import choices, condition_text, field_label
from dashboard.views.overview.ids import Ids

STEPS = 200
"""Stops of the brush."""

LARGEST = 8e307
"""Ends of the brush, so that its length is a number too; the boxes take any."""

TYPED_MS = 350


def part_id(role: str, field: Any, factor: Any = 1.0) -> dict[str, Any]:
    """Return the id of one part of an editor; `factor` turns stored numbers into shown ones."""
    return {"part": f"overview-filter-{role}", "field": field, "factor": factor}


def filter_pane() -> list[Component]:
    """Return the tab's frame; the editors are filled in by the server."""
    add = dmc.Select(
        id=Ids.FILTER_ADD,
        data=[],
        value=None,
        searchable=True,
        placeholder="+ Add a condition",
        nothingFoundMessage="Nothing of that name",
        comboboxProps={"width": 290, "position": "bottom-start"},
        w=220,
        **{"aria-label": "Add a condition"},
    )
    head = html.Div([add, html.Div(id=Ids.FILTER_COUNT, className="ov-label")], className="ov-row")
    return [head, html.Div(id=Ids.FILTER_EDITORS)]


def editors(snapshot: Snapshot, conditions: Sequence[Condition]) -> list[Component]:
    """Return an editor per condition; without any, what a filter does."""
    if not conditions:
        text = (
            "Every model is shown. Conditions added here must all hold; other models fade on map and plots."
        )
        return [html.P(text, className="ov-dim")]
    return [_editor(snapshot, condition) for condition in conditions]


def chips(snapshot: Snapshot, conditions: Sequence[Condition]) -> list[Component]:
    """Return the conditions that are in force as chips, each of which can be taken away."""
    return [
        html.Span(
            [condition_text(condition, snapshot), _remove(condition, snapshot, role="chip")],
            className="ov-filter-chip",
        )
        for condition in conditions
        if not condition.idle
    ]


def _remove(condition: Condition, snapshot: Snapshot, *, role: str) -> Component:
    button = html.Button(
        "\N{MULTIPLICATION SIGN}", id=part_id(role, condition.field), type="button", className="ov-remove"
    )
    return labelled(button, f"Remove the condition on {field_label(condition.field, snapshot)}")


def _editor(snapshot: Snapshot, condition: Condition) -> Component:
    title = html.Div(
        [html.Strong(field_label(condition.field, snapshot)), _remove(condition, snapshot, role="remove")],
        className="ov-row",
    )
    if condition.kind == METRIC:
        content = _metric_editor(snapshot, condition)
    elif condition.kind == "date":
        content = [
            html.Div(
                [_day(condition, "low", "Made from"), _day(condition, "high", "Made until")],
                className="ov-ends",
            )
        ]
    elif condition.kind == "text":
        content = [_text(condition)]
    else:
        content = [_values(snapshot, condition)]
    return html.Div([title, *content], className="ov-condition")


def _values(snapshot: Snapshot, condition: Condition) -> Component:
    known = choices(condition.field, snapshot)
    listed = {choice["value"] for choice in known}
    gone = [{"value": value, "label": value} for value in condition.values if value not in listed]
    return dmc.MultiSelect(
        id=part_id("values", condition.field),
        data=[*known, *gone],
        value=list(condition.values),
        placeholder="" if condition.values else "Any of these",
        searchable=len(known) > 8,
        clearable=True,
        **{"aria-label": f"Values of {field_label(condition.field, snapshot)}"},
    )


def _text(condition: Condition) -> Component:
    return dmc.TextInput(
        id=part_id("words", condition.field),
        value=" ".join(condition.values),
        placeholder="Words in name, note or tags",
        debounce=TYPED_MS,
        **{"aria-label": "Words in name, note or tags"},
    )


def _day(condition: Condition, end: str, label: str) -> Component:
    return dmc.DateInput(
        id=part_id(end, condition.field),
        value=getattr(condition, end),
        valueFormat="YYYY-MM-DD",
        clearable=True,
        placeholder=label,
        size="xs",
        **{"aria-label": label},
    )


def _metric_editor(snapshot: Snapshot, condition: Condition) -> list[Component]:
    """Return histogram, brush and boxes; all in the unit that people read."""
    metric = snapshot.project.metric(condition.field.partition(":")[2])
    values = [value for model in snapshot.models if (value := finite(model.metrics, metric)) is not None]
    if metric is None or not values:
        return [html.P("No model has this metric.", className="ov-dim")]
    scale = metric_scale(metric, max(values))
    ends = (min(values) * scale.factor, max(values) * scale.factor)
    low, high = (min(max(end, -LARGEST), LARGEST) for end in ends)
    shown = [None if end is None else float(end) * scale.factor for end in (condition.low, condition.high)]
    bars = [
        html.I(style={"height": f"{max(height * 100, 4 if height else 0):.0f}%"})
        for height in histogram(values)
    ]
    boxes = [
        _box(condition.field, role, value, scale.factor, f"{word} {metric.label} in {scale.unit or 'units'}")
        for role, value, word in zip(("low", "high"), shown, ("Lowest", "Highest"), strict=True)
    ]
    brush = dmc.RangeSlider(
        id=part_id("brush", condition.field, scale.factor),
        min=low,
        max=high,
        step=(high - low) / STEPS or 1.0,
        minRange=0,
        value=[low if shown[0] is None else shown[0], high if shown[1] is None else shown[1]],
        label=None,
        size="xs",
        thumbFromLabel=f"Lowest {metric.label}",
        thumbToLabel=f"Highest {metric.label}",
    )
    unit = html.Span(scale.unit, className="ov-dim")
    return [
        html.Div(html.Div(bars, className="ov-histogram"), className="ov-brush"),
        html.Div(brush, className="ov-brush"),
        html.Div([boxes[0], html.Span("to", className="ov-dim"), boxes[1], unit], className="ov-ends"),
    ]


def _box(field: str, role: str, value: float | None, factor: float, label: str) -> Component:
    return dmc.TextInput(
        id=part_id(role, field, factor),
        value="" if value is None else f"{value:.6g}",
        debounce=TYPED_MS,
        inputProps={"inputMode": "decimal"},
        placeholder="any",
        w=110,
        **{"aria-label": label},
    )
