"""Cancel, retry and priority, for the runs that are ticked or for the one whose panel is open."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx

from core.domain.ids import WorkerId
from core.domain.queue.run import ACTIVE
from core.presentation.counts import counted
from core.services.application import Application
from core.services.queue import runs
from core.services.workers import workers
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.queue.bulk.ticked import TICKED, Ticked, chosen_runs, require_press
from dashboard.views.queue.ids import Ids, PatternIds

_DONE = (
    Output(Ids.ACTED, "data", allow_duplicate=True),
    Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
)


def register(app: Dash, product: Application) -> None:
    """Wire the buttons above the grid and those of the panel."""
    app.clientside_callback(
        ClientsideFunction("queue", "enable"),
        Output(Ids.CANCEL, "disabled"),
        Output(Ids.RETRY, "disabled"),
        Output(Ids.PRIORITY, "disabled"),
        Output(Ids.CANCEL, "children"),
        Output(Ids.RETRY, "children"),
        Output(Ids.EVERY, "data"),
        Input(Ids.GRID, "selectedRows"),
        Input(Ids.CHANGES, "data"),
        Input(Ids.LIVE, "data"),
        State(Ids.TEXT, "value"),
    )
    _register_drain(app, product)

    @app.callback(
        *_DONE,
        Input({"type": PatternIds.PRIORITY, "priority": ALL}, "n_clicks"),
        *TICKED,
        prevent_initial_call=True,
    )
    def _prioritise(_presses: Any, *held: Any) -> tuple[Any, Any]:
        require_press()
        wanted = chosen_runs(product, Ticked(*held), ACTIVE)
        priority = int(ctx.triggered_id["priority"])
        runs.set_priority(product, wanted, priority=priority)
        return _told(product, f"{counted(len(wanted), 'run')} now with priority {priority}")


def _register_drain(app: Dash, product: Application) -> None:
    @app.callback(
        *_DONE,
        Input({"type": PatternIds.DRAIN, "worker": ALL, "undo": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _drain(_presses: Any) -> tuple[Any, Any]:
        require_press()
        undo = bool(ctx.triggered_id["undo"])
        workers.drain(product, WorkerId(ctx.triggered_id["worker"]), undo=undo)
        return _told(product, "It takes runs again" if undo else "It finishes its runs and takes no more")


def _told(product: Application, outcome: str) -> tuple[Any, Any]:
    """Return what makes the grid look again at once, and the notification."""
    return product.clock.now().timestamp(), [notification(outcome)]
