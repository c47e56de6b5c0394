"""Plot, conditions, table and what is not shared, of the projects that are chosen."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.across import RECOVERY, leading_quality
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from core.presentation.counts import counted
from core.services.comparison.across import AcrossProjects, ComparedProject
from dashboard.address import Address
from dashboard.components import grid as grids
from dashboard.components.empty_state import empty_state
from dashboard.components.grid import GridTexts
from dashboard.components.markup import labelled
from dashboard.figures.encoding import finite
from dashboard.figures.scatter.across import AcrossAxes, draw_across, drawable
from dashboard.theme import Theme
from dashboard.views.across.ids import Ids


def content(found: AcrossProjects, axes: AcrossAxes | None, theme: Theme) -> list[Component]:
    """Return everything below the controls."""
    if axes is None:
        told = "Not one metric has the same name, direction and unit in all of them, and none has recovery."
        return [empty_state("These projects share no metric", told), _apart(found)]
    groups = {each.project.name: each.models for each in found.projects}
    figure = draw_across(groups, axes, theme)
    graph = dcc.Graph(
        id=Ids.GRAPH, figure=figure, config={"displayModeBar": False, "responsive": True}, responsive=True
    )
    shown = {each.project.slug: drawable(each.models, axes) for each in found.projects}
    left = sum(len(each.models) for each in found.projects) - sum(len(each) for each in shown.values())
    hidden = f" {counted(left, 'model')} without both values are left out." if left else ""
    return [
        html.Section(
            [
                html.H2(f"{axes.y.label} against {axes.x.label}", className="models-heading"),
                labelled(html.Div(graph, className="across-plot"), "Models of the projects on shared axes"),
                html.P(f"Click a model to open it in its project.{hidden}", className="models-hint"),
            ],
            className="models-card",
        ),
        html.Section(
            [html.H2("Measured on", className="models-heading"), *_conditions(found, axes)],
            className="models-card",
        ),
        html.Section(
            [
                html.H2("Models", className="models-heading"),
                html.Div(_table(found, axes), className="across-grid"),
            ],
            className="models-card",
        ),
        _apart(found),
    ]


def _table(found: AcrossProjects, axes: AcrossAxes) -> Component:
    texts = GridTexts("No model has both values.", "No model matches.", "Loading the models")
    options = {"rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": False}}
    table = grids.grid(Ids.GRID, columns(axes), texts, options=options)
    setattr(table, "rowData", rows(found, axes))  # noqa: B010  libraries' properties have no types
    return table


def columns(axes: AcrossAxes) -> list[dict[str, Any]]:
    """Return the columns of the table; numbers are sorted, texts are shown."""
    return [
        {"field": "project", "headerName": "Project", "width": 190},
        {"field": "name", "headerName": "Model", "cellRenderer": "ModelLink", "flex": 1, "minWidth": 240},
        *(
            {
                "field": f"value{place}",
                "headerName": metric.label,
                "headerTooltip": metric.description,
                "type": "rightAligned",
                "width": 190,
                "valueFormatter": {"function": f"params.data.said{place}"},
            }
            for place, metric in enumerate(_shown(axes))
        ),
        {"field": "base", "headerName": "Compared with", "width": 190},
    ]


def rows(found: AcrossProjects, axes: AcrossAxes) -> list[dict[str, Any]]:
    """Return a line per model that is drawn."""
    return [_row(model, each, axes) for each in found.projects for model in drawable(each.models, axes)]


def model_address(slug: str, model_id: int) -> str:
    """Return where a model is opened in its project."""
    return Address("overview", slug, {"selected": str(model_id)}).href


def _row(model: Model, of: ComparedProject, axes: AcrossAxes) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": str(model.id),
        "project": of.project.name,
        "name": model.name,
        "href": model_address(of.project.slug, model.id),
        "base": _base(model, {one.id: one for one in of.models}),
    }
    for place, metric in enumerate(_shown(axes)):
        value = finite(model.metrics, metric)
        line |= {f"value{place}": value, f"said{place}": format_value(metric, value)}
    return line


def _shown(axes: AcrossAxes) -> list[MetricDefinition]:
    return list(dict.fromkeys((axes.x, axes.y, RECOVERY)))


def _base(model: Model, by_id: dict[ModelId, Model]) -> str:
    """Return the base that a model descends from, as far as it is shown."""
    base = model
    while base.parent_id is not None and base.parent_id in by_id:
        base = by_id[base.parent_id]
    return base.name


def _conditions(found: AcrossProjects, axes: AcrossAxes) -> list[Component]:
    lines = []
    for each in found.projects:
        leading = leading_quality(each.project)
        recovers = f"recovery of {leading.label}" if leading else "no recovery"
        told = "; ".join(part for part in (each.quality, each.times, recovers) if part)
        lines.append(html.Li([html.Strong(f"{each.project.name}: "), told]))
    words: list[Component] = [html.Ul(lines, className="models-list")]
    devices = {each.times for each in found.projects if each.times}
    if len(devices) > 1 and any(metric.timed for metric in (axes.x, axes.y)):
        warning = (
            "The times were taken under different conditions: their differences are not those of the models."
        )
        words.append(dmc.Alert(warning, color="orange", variant="light"))
    if len({each.quality for each in found.projects}) > 1:
        hint = "Each project's values are its own protocol's. Recovery compares each model with its own base."
        words.append(html.P(hint, className="models-hint"))
    return words


def _apart(found: AcrossProjects) -> Component:
    if not found.shared.apart:
        return html.P("Every metric is shared.", className="models-hint")
    items = [html.Li([html.Strong(f"{label}: "), reason]) for label, reason in found.shared.apart.items()]
    return html.Details(
        [
            html.Summary(f"{counted(len(items), 'metric')} not shared, and why"),
            html.Ul(items, className="models-list"),
        ],
        className="models-card",
    )
