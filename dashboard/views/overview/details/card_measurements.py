"""Evaluations and profiles of a model on its card: conditions, which are shown, and deleting."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.ids import EvaluationId, ProfileId
from core.domain.measurement.evaluation import Evaluation
from core.domain.measurement.figures import Measured, latest, of_artifact
from core.domain.measurement.protocol_words import condition_words
from core.domain.project import Project
from core.errors import NotFound
from core.services.application import Application
from core.services.measurements.protocol import delete_evaluation, delete_profile
from core.services.models.models import ModelDetails
from core.services.projects import projects
from dashboard.components.markup import labelled
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.overview.ids import Ids

SHOWN = "shown"
BY_NAME = "by name"
REPLACED = "replaced"
EARLIER = "earlier weights"
_MEANINGS = {
    SHOWN: "Measured as the protocol says: its values have the plain names of their metrics.",
    BY_NAME: "Measured otherwise than the protocol says: its values have names of their own.",
    EARLIER: "Measured before the model was made again and came out differently; not shown.",
    REPLACED: "A later measurement under the same condition is shown instead.",
}


def register(app: Dash, product: Application) -> None:
    """Wire deleting; the second press on a button asks for it (`assets/overview/annotate.js`)."""

    @app.callback(
        Output(Ids.REVISION, "data", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.MEASUREMENT, "data"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _delete(asked: dict[str, Any] | None, slug: str) -> tuple[int, list[Notification]]:
        if not asked:
            raise PreventUpdate
        said = delete(product, asked["measurement"])
        return projects.get_project(product, slug).revision, [notification(said)]


def delete(product: Application, mark: str) -> str:
    """Delete the measurement with this mark, such as `evaluation.12`, and say so."""
    kind, number = mark.split(".")
    try:
        if kind == "evaluation":
            delete_evaluation(product, EvaluationId(int(number)))
        else:
            delete_profile(product, ProfileId(int(number)))
    except NotFound:
        return f"The {kind} was deleted already"
    return f"{kind.capitalize()} deleted"


def measurements(details: ModelDetails, project: Project) -> list[Component]:
    """Return the list, newest first; nothing where nothing was measured."""
    every: list[Measured] = [*details.evaluations, *details.profiles]
    if not every:
        return []
    every.sort(key=lambda one: one.created_at, reverse=True)
    rows = [_row(one, state_of(one, details), project) for one in every]
    head = html.Tr([html.Th(text) for text in ("Measured", "Condition", "Values", "")])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="ov-runs ov-measurements")
    return [html.H3("Measurements", className="ov-heading"), table]


def state_of(one: Measured, details: ModelDetails) -> str:
    """Return whether the values of a measurement are shown, and how."""
    kind = details.evaluations if isinstance(one, Evaluation) else details.profiles
    current = of_artifact(kind, details.model.artifact)
    if one not in current:
        return EARLIER
    if one not in latest(reversed(current)):
        return REPLACED
    return SHOWN if one.condition == details.protocol.of(one.condition) else BY_NAME


def _row(one: Measured, state: str, project: Project) -> Component:
    kind = "evaluation" if isinstance(one, Evaluation) else "profile"
    day = one.created_at.astimezone()
    words = condition_words(project, one.condition)
    when = html.Span(f"{day:%d %b %H:%M}", title=f"{day:%d %B %Y, %H:%M:%S}")
    button = html.Button("Delete", type="button", className="ov-delete")
    setattr(button, "data-measurement", f"{kind}.{one.id}")
    return html.Tr(
        [
            html.Td([html.Div(kind), html.Div(when, className="ov-dim")]),
            html.Td(words),
            html.Td(state, title=_MEANINGS[state]),
            html.Td(labelled(button, f"Delete the {kind} {words}")),
        ]
    )
