"""Callbacks of experiments on the Queue page: the list, the bar, and what their buttons do."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ExperimentId
from core.presentation.counts import counted
from core.services.application import Application
from core.services.experiments import lifecycle
from dashboard.components.notification import Notification, notification
from dashboard.components.undo import undoable_experiment
from dashboard.ids import ShellIds
from dashboard.views.queue.experiments.experiments import Act
from dashboard.views.queue.ids import Ids, PatternIds

EXPERIMENTS = "experiments"
"""Value of the switch that shows experiments instead of runs."""
_ANY = {"type": PatternIds.EXPERIMENT, "act": ALL, "number": ALL}


def register(app: Dash, product: Application) -> None:
    """Wire list, bar, buttons and the dialog for name and note."""
    _register_list(app)
    _register_bar(app)
    _register_buttons(app, product)
    _register_description(app, product)


def _register_list(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("queue", "spreadExperiments"),
        Output(Ids.EXPERIMENTS, "children"),
        Output(Ids.EXPERIMENTS, "style"),
        Output(Ids.RUNS, "style"),
        Input(Ids.LIVE_EXPERIMENTS, "data"),
        Input(Ids.SHOW, "value"),
    )


def _register_bar(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("queue", "spreadExperiment"),
        Output(Ids.EXPERIMENT_BAR, "children"),
        Input(Ids.LIVE_EXPERIMENT, "data"),
        Input(Ids.EXPERIMENT, "data"),
    )


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
        gone = act in {Act.DELETE, Act.DELETE_HERE}
        return None if gone else no_update, no_update, no_update, now, [told]


def carry_out(product: Application, act: Act, number: ExperimentId) -> Notification:
    """Pause, resume, cancel, retry or delete an experiment and say what came of it."""
    if act is Act.PAUSE:
        lifecycle.pause_experiment(product, number)
        return notification("Paused: runs that are carried out go on, no other one starts")
    if act is Act.RESUME:
        lifecycle.resume_experiment(product, number)
        return notification("Resumed: its runs start again")
    if act is Act.CANCEL:
        cancelled = lifecycle.cancel_experiment(product, number)
        return notification(f"{counted(len(cancelled), 'run')} cancelled; Retry brings them back")
    if act is Act.RETRY:
        retried = lifecycle.retry_experiment(product, number)
        return notification(f"{counted(len(retried), 'run')} queued again")
    title = lifecycle.get_progress(product, number).title
    gone = lifecycle.delete_experiment(product, number)
    return undoable_experiment(f"{title} deleted with {counted(len(gone), 'model')}", number)


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
        found = lifecycle.get_progress(product, ExperimentId(asked["number"])).experiment
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
        lifecycle.describe_experiment(product, number, name=name, note=note)
        return False, product.clock.now().timestamp()
