"""Importing a study from the browser: looked at when it is chosen, stored when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.metric import Authority
from core.domain.studies.reading import read_study
from core.domain.studies.study import Study
from core.errors import InvalidInput, Problem
from core.presentation.counts import counted
from core.services.application import Application
from core.services.imports.studies import Imported, import_study, name_of
from dashboard.address import Address
from dashboard.components.chosen_file import decoded
from dashboard.components.notification import Notification, notification
from dashboard.components.undo import LONG_ENOUGH_MS
from dashboard.ids import ShellIds
from dashboard.views.models.address import Tab
from dashboard.views.models.grid.row_callbacks import require_press
from dashboard.views.models.ids import Ids

MOST_TOLD = 12
"""Problems or oddities that are listed one by one."""


def register(app: Dash, product: Application) -> None:
    """Wire the choice of a file and the import."""
    app.clientside_callback(  # without an output it would not be called when the page opens
        ClientsideFunction("models", "nameUpload"),
        Output(Ids.UPLOADED, "title"),
        Input(Ids.UPLOAD, "id"),
    )

    @app.callback(
        Output(Ids.UPLOADED, "children"),
        Output(Ids.IMPORT_NAME, "value"),
        Output(Ids.IMPORT, "disabled"),
        Output(Ids.IMPORT_OUTCOME, "children", allow_duplicate=True),
        Input(Ids.UPLOAD, "contents"),
        State(Ids.UPLOAD, "filename"),
        prevent_initial_call=True,
    )
    def _look(contents: str | None, file_name: str | None) -> tuple[Any, ...]:
        if not contents or not file_name:
            raise PreventUpdate
        try:
            study = read_study(decoded(contents), file_name)
        except InvalidInput as error:
            return problems(file_name, error.problems), no_update, True, None
        return summary(file_name, study), name_of(file_name), False, None

    @app.callback(
        Output(Ids.IMPORT_OUTCOME, "children"),
        Output(Ids.IMPORT_NAME, "error"),
        Output(Ids.IMPORT, "disabled", allow_duplicate=True),
        Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.IMPORT, "n_clicks"),
        State(Ids.UPLOAD, "contents"),
        State(Ids.UPLOAD, "filename"),
        State(Ids.IMPORT_NAME, "value"),
        running=[(Output(Ids.IMPORT, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _import(_presses: Any, contents: str | None, file_name: str, name: str) -> tuple[Any, ...]:
        require_press()
        try:
            study = read_study(decoded(contents or ""), file_name)
            done = import_study(product, study, name=name or "", origin=file_name)
        except InvalidInput as error:
            at_name = [problem for problem in error.problems if problem.field == "name"]
            rest = [problem for problem in error.problems if problem.field != "name"]
            told = problems(file_name, rest) if rest else None
            said = " ".join(f"{one.message} {one.hint}".strip() for one in at_name)
            return told, said or None, no_update, no_update, no_update
        href = Address(project=done.project.slug).href
        return None, None, True, href, [outcome(done)]


def summary(file_name: str, study: Study) -> Component:
    """Return what a file holds, and what is odd about it, before it is imported."""
    steps = {model.step.technique for model in study.models if model.step is not None}
    holds = [
        counted(len(study.models), "model"),
        counted(len(study.metrics), "metric"),
        counted(len(steps), "operation"),
    ]
    guessed = [metric.label for metric in study.metrics if metric.authority is Authority.GUESSED]
    return html.Div(
        [
            html.Strong(f"{file_name}: {', '.join(holds)}"),
            *oddities(study.oddities),
            *(
                [
                    html.P(
                        "Guessed directions can be corrected under Metrics & project.",
                        className="models-hint",
                    )
                ]
                if guessed
                else []
            ),
        ],
        className="models-found",
    )


def oddities(sentences: Sequence[str]) -> list[Component]:
    """Return what was odd about a study as a list; nothing where nothing was."""
    if not sentences:
        return []
    return [
        html.P("What is odd, or had to be guessed:", className="models-hint"),
        html.Ul([html.Li(sentence) for sentence in sentences], className="models-list"),
    ]


def problems(file_name: str, found: Sequence[Problem]) -> Component:
    """Return why a file cannot be imported, with the offending ids."""
    more = len(found) - MOST_TOLD
    lines = [
        html.Li([problem.message, html.Span(f" {problem.hint}", className="models-hint")])
        for problem in found[:MOST_TOLD]
    ]
    if more > 0:
        lines.append(html.Li(f"and {more:,} more"))
    return dmc.Alert(
        html.Ul(lines, className="models-list"),
        title=f"{file_name} cannot be imported; nothing was stored",
        color="red",
        variant="light",
    )


def outcome(done: Imported) -> Notification:
    """Return the news that people are led to the new project's Overview with, and the way to its metrics."""
    project = done.project
    news = notification(f"{counted(len(done.model_ids), 'model')} imported into {project.name}")
    metrics = Address("models", project.slug, {"tab": Tab.METRICS.value}).href
    guesses = html.Div(
        ["Directions and formats may be guesses: ", dcc.Link("check its metrics", href=metrics)]
    )
    return news | {"message": guesses, "autoClose": LONG_ENOUGH_MS}
