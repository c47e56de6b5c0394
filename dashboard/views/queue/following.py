"""Callbacks of experiments on the Queue page: the list, the bar, and what their buttons do."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ExperimentId
from core.errors import NotFound
from core.services import experiment_care, projects
from core.services.application import Application
from dashboard.components.empty_state import empty_state
from dashboard.components.notification import Notification, notification
from dashboard.components.undo import undoable_experiment
from dashboard.ids import ShellIds
from dashboard.views.queue.experiments import Act, experiment_bar, experiment_list, experiments_mark
from dashboard.views.queue.ids import Ids, Part
from dashboard.views.queue.words import count

EXPERIMENTS = "experiments"
"""Value of the switch that shows experiments instead of runs."""
_ANY = {"type": Part.EXPERIMENT, "act": ALL, "number": ALL}
_HIDDEN = {"display": "none"}
_SHOWN: dict[str, str] = {}


def register(app: Dash, product: Application) -> None:
    """Wire list, bar, buttons and the dialog for name and note."""
    _register_list(app, product)
    _register_bar(app, product)
    _register_buttons(app, product)
    _register_description(app, product)


def _register_list(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.EXPERIMENTS, "children"),
        Output(Ids.EXPERIMENTS, "style"),
        Output(Ids.RUNS, "style"),
        Output(Ids.EXPERIMENTS, "data-mark"),
        Input(Ids.SHOW, "value"),
        Input(ShellIds.CHANGED, "data"),
        Input(Ids.ACTED, "data"),
        Input(Ids.PROJECT, "value"),
        State(Ids.EXPERIMENTS, "data-mark"),
    )
    def _list(show: str, _changed: Any, _acted: Any, slug: str | None, shown: str | None) -> tuple[Any, ...]:
        if show != EXPERIMENTS:
            if shown == "":
                raise PreventUpdate
            return no_update, _HIDDEN, _SHOWN, ""
        known = {project.id: project for project in projects.list_projects(product)}
        wanted = next((project.id for project in known.values() if project.slug == slug), None)
        found = experiment_care.list_progress(product, wanted)
        mark = experiments_mark(found)
        if mark == shown:
            raise PreventUpdate
        return experiment_list(found, known, product.clock.now()), _SHOWN, _HIDDEN, mark


def _register_bar(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.EXPERIMENT_BAR, "children"),
        Output(Ids.EXPERIMENT_BAR, "data-mark"),
        Input(Ids.EXPERIMENT, "data"),
        Input(ShellIds.CHANGED, "data"),
        Input(Ids.ACTED, "data"),
        State(Ids.EXPERIMENT_BAR, "data-mark"),
    )
    def _bar(chosen: int | None, _changed: Any, _acted: Any, shown: str | None) -> tuple[Any, ...]:
        if chosen is None:
            return [], ""
        try:
            one = experiment_care.get_progress(product, ExperimentId(chosen))
        except NotFound as error:
            return [empty_state(error.message, "Choose another from the list of experiments.")], ""
        mark = experiments_mark([one])
        if mark == shown:
            raise PreventUpdate
        return experiment_bar(one, projects.get_project(product, one.experiment.project_id)), mark


def _register_buttons(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.EXPERIMENT, "data"),
        Output(Ids.SHOW, "value"),
        Output(Ids.DESCRIBE, "data"),
        Output(Ids.ACTED, "data", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(_ANY, "n_clicks"),
        prevent_initial_call=True,
    )
    def _act(_presses: Any) -> tuple[Any, ...]:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        act, number = Act(ctx.triggered_id["act"]), ExperimentId(ctx.triggered_id["number"])
        if act is Act.OPEN:
            return int(number), "runs", no_update, no_update, no_update
        if act is Act.CLOSE:
            return None, no_update, no_update, no_update, no_update
        now = product.clock.now().timestamp()
        if act is Act.EDIT:
            return no_update, no_update, {"number": int(number), "at": now}, no_update, no_update
        told = carry_out(product, act, number)
        gone = act is Act.DELETE
        return None if gone else no_update, no_update, no_update, now, [told]


def carry_out(product: Application, act: Act, number: ExperimentId) -> Notification:
    """Cancel, retry or delete an experiment and say what came of it."""
    if act is Act.CANCEL:
        cancelled = experiment_care.cancel_experiment(product, number)
        return notification(f"{count(len(cancelled), 'run')} cancelled; Retry brings them back")
    if act is Act.RETRY:
        return notification(
            f"{count(len(experiment_care.retry_experiment(product, number)), 'run')} queued again"
        )
    title = experiment_care.get_progress(product, number).title
    gone = experiment_care.delete_experiment(product, number)
    return undoable_experiment(f"{title} deleted with {count(len(gone), 'model')}", number)


def _register_description(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.DESCRIPTION, "opened"),
        Output(Ids.DESCRIPTION_NAME, "value"),
        Output(Ids.DESCRIPTION_NOTE, "value"),
        Input(Ids.DESCRIBE, "data"),
        prevent_initial_call=True,
    )
    def _open(asked: dict[str, Any] | None) -> tuple[Any, ...]:
        if not asked:
            raise PreventUpdate
        found = experiment_care.get_progress(product, ExperimentId(asked["number"])).experiment
        return True, found.name, found.note

    @app.callback(
        Output(Ids.DESCRIPTION, "opened", allow_duplicate=True),
        Output(Ids.ACTED, "data", allow_duplicate=True),
        Input(Ids.DESCRIPTION_SAVE, "n_clicks"),
        State(Ids.DESCRIBE, "data"),
        State(Ids.DESCRIPTION_NAME, "value"),
        State(Ids.DESCRIPTION_NOTE, "value"),
        prevent_initial_call=True,
    )
    def _save(presses: int | None, asked: dict[str, Any], name: str, note: str) -> tuple[Any, ...]:
        if not presses:
            raise PreventUpdate
        number = ExperimentId(asked["number"])
        experiment_care.describe_experiment(product, number, name=name, note=note)
        return False, product.clock.now().timestamp()
