"""What people can set on a project: its name, and per metric label, direction, format, lead and budget."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.metric import Authority, Direction, Format, MetricDefinition
from core.domain.project import Project
from dashboard.components.form.budgets import example, write_budget
from dashboard.views.models.archive.cards import taking_away
from dashboard.views.models.ids import Ids, PatternIds
from dashboard.views.models.settings.settings_mark import settings_mark

DIRECTIONS = {
    Direction.HIGHER: "higher is better",
    Direction.LOWER: "lower is better",
    Direction.NEITHER: "neither",
}
FORMATS = {
    Format.PERCENT: "percent",
    Format.BYTES: "bytes",
    Format.COUNT: "count",
    Format.DECIMAL: "number",
}
_SAID = {"guessed": "Guessed from its name", "checked": "Corrected or confirmed by a person"}
_HEADS = ("Leads", "Label", "Better", "Shown as", "Unit", "Budget", "")


def metric_id(name: object, part: str) -> dict[str, Any]:
    """Return the id of one input of one metric; `dash.ALL` for those of all."""
    return {"type": PatternIds.METRIC, "name": name, "part": part}


def settings(project: Project) -> Component:
    """Return the form of a project's settings."""
    rows = [html.Tr(_cells(metric, project)) for metric in project.leading_metrics]
    return html.Div(
        [
            dcc.Store(id=Ids.FILLED, data=settings_mark(project)),
            _guesses(project),
            html.Section(
                [
                    html.H2("Metrics", className="models-heading"),
                    html.P(
                        "Those that lead are shown first everywhere. A budget is the worst value that is "
                        "still acceptable; plots draw it as a line.",
                        className="models-hint",
                    ),
                    html.Table(
                        [
                            html.Thead(html.Tr([html.Th(head, scope="col") for head in _HEADS])),
                            html.Tbody(rows),
                        ],
                        className="models-metrics",
                    )
                    if rows
                    else html.P("Nothing has been measured yet.", className="models-hint"),
                ],
                id=Ids.METRICS,
                className="models-card",
            ),
            html.Div([_project(project), taking_away(project)], className="models-cards two"),
            html.Div(
                [html.Span(id=Ids.SAVED, role="alert"), dmc.Button("Save settings", id=Ids.SAVE)],
                className="models-foot",
            ),
        ],
        className="models-settings",
    )


def _guesses(project: Project) -> Component:
    """Return what was guessed, with a button that confirms it; hidden where nothing was."""
    guessed = [metric for metric in project.metrics if metric.authority is Authority.GUESSED]
    says = (
        f"The direction of {guessed[0].label} was guessed from its name."
        if len(guessed) == 1
        else f"The directions of {len(guessed)} metrics were guessed from their names."
    )
    advice = " The imported file does not say which end is better. Put right what is wrong, then confirm. "
    confirm = dmc.Button("Confirm the rest", id=Ids.CONFIRM, variant="default", size="compact-xs")
    return html.Div(
        [html.Strong(says), advice, confirm],
        className="models-notice",
        role="status",
        style={} if guessed else {"display": "none"},
    )


def _cells(metric: MetricDefinition, project: Project) -> list[Component]:
    def named(part: str, says: str) -> dict[str, object]:
        derived = metric.variant_of is not None and part not in {"primary", "budget"}
        follows = {"disabled": True} if derived else {}
        return {"id": metric_id(metric.name, part), "aria-label": f"{says} of {metric.label}", **follows}

    inputs = [
        dmc.Checkbox(checked=metric.name in project.primary, size="xs", **named("primary", "Lead")),
        dmc.TextInput(value=metric.label, **named("label", "Label")),
        dmc.Select(
            data=[{"value": one.value, "label": label} for one, label in DIRECTIONS.items()],
            value=metric.direction.value,
            allowDeselect=False,
            **named("direction", "Direction"),
        ),
        dmc.Select(
            data=[{"value": one.value, "label": label} for one, label in FORMATS.items()],
            value=metric.format.value,
            allowDeselect=False,
            **named("format", "Format"),
        ),
        dmc.TextInput(value=metric.unit, **named("unit", "Unit")),
        dmc.TextInput(
            value=write_budget(metric, project.budgets.get(metric.name)),
            placeholder=example(metric),
            **named("budget", "Budget"),
        ),
    ]
    return [*(html.Td(each) for each in inputs), html.Td(_mark(metric))]


def _mark(metric: MetricDefinition) -> Component:
    marks = {Authority.GUESSED: "guessed", Authority.CORRECTED: "checked"}
    text = marks.get(metric.authority, "")
    return html.Span(text, className=f"models-mark {text}", title=_SAID.get(text, ""))


def _project(project: Project) -> Component:
    return html.Section(
        [
            html.H2("Project", className="models-heading"),
            dmc.TextInput(id=Ids.PROJECT_NAME, label="Name", value=project.name),
            dmc.TextInput(
                id=Ids.ACCEPTABLE_LOSS,
                label="Acceptable loss of quality",
                description="In points against the base; for metrics that are not in per cent, in % of the "
                "base's value. A budget on the metric takes precedence.",
                value=f"{project.acceptable_loss * 100:g}",
                w=320,
            ),
            dmc.TextInput(
                id=Ids.MOST_RUNNING,
                label="Runs at once",
                description="At most so many runs of this project go on together; empty: any number.",
                value="" if project.most_running is None else str(project.most_running),
                w=320,
            ),
            dmc.Textarea(
                id=Ids.DESCRIPTION,
                label="Description",
                value=project.description,
                autosize=True,
                minRows=2,
                maxRows=10,
                size="xs",
            ),
        ],
        className="models-card",
    )
