"""Several selected models side by side: what differs between them, and their primary metrics."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.comparison.variables import Varying, what_differs
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from dashboard.views.overview.actions import queue_from
from dashboard.views.overview.snapshot import Snapshot

MOST_ROWS = 100


def several_models(snapshot: Snapshot, chosen: Sequence[Model]) -> list[Component]:
    """Return a sentence about what differs, and a row per model with that and the primary metrics."""
    shown = sorted(chosen, key=lambda model: model.id)[:MOST_ROWS]
    found = what_differs(snapshot.models, [model.id for model in shown], snapshot.specs)
    told = found.chosen or found.varying
    columns = [*told, *(varying for varying in found.varying if varying not in told)][:4]
    position = {model_id: index for index, model_id in enumerate(found.model_ids)}
    rows = [_row(model, position[model.id], columns, snapshot.primary) for model in shown]
    heads = ["Model", *(varying.short for varying in columns), *(metric.label for metric in snapshot.primary)]
    titles = ["", *(varying.label for varying in columns), *(m.description for m in snapshot.primary)]
    head = html.Tr([html.Th(text, title=title) for text, title in zip(heads, titles, strict=True)])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="ov-metrics ov-several")
    return [
        html.P(_sentence(found.chosen, len(chosen), len(shown)), className="ov-insight"),
        html.Div(queue_from([ModelId(model.id) for model in chosen]), className="ov-actions"),
        html.Div(table, className="ov-scroll"),
    ]


def _row(
    model: Model, position: int, columns: Sequence[Varying], metrics: Sequence[MetricDefinition]
) -> Component:
    name = html.Button(model.name, type="button", className="ov-crumb", title=f"Select {model.name} alone")
    setattr(name, "data-select", str(model.id))
    values = [html.Td(varying.values[position].text) for varying in columns]
    figures = [html.Td(format_value(metric, model.metrics.get(metric.name))) for metric in metrics]
    return html.Tr([html.Td(name), *values, *figures])


def _sentence(chosen: Sequence[Varying], count: int, shown: int) -> str:
    named = [varying.label for varying in chosen]
    if not named:
        text = f"These {count} models differ in no parameter, step or base."
    else:
        listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
        text = f"These {count} models differ in {listed}."
    return text if shown == count else f"{text} The first {shown} are shown."
