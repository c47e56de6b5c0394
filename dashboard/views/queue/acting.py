"""Cancel, retry and priority, for the runs that are ticked or for the one whose panel is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import RunId
from core.services import runs
from core.services.application import Application
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.queue.ids import Ids, Part
from dashboard.views.queue.words import count

NOT_CANCELLED = "Nothing was left to cancel: it has ended, or somebody else was quicker"
NOT_RETRIED = "Nothing was left to retry: somebody else was quicker"

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
        Input(Ids.GRID, "selectedRows"),
        Input(Ids.CHANGES, "data"),
    )
    _register_cancel(app, product)

    @app.callback(
        *_DONE,
        Input(Ids.RETRY, "n_clicks"),
        Input(Ids.PANEL_RETRY, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        State(Ids.OPEN, "data"),
        prevent_initial_call=True,
    )
    def _retry(_many: Any, _one: Any, ticked: Any, opened: Any) -> tuple[Any, Any]:
        _require_press()
        wanted = [RunId(int(opened))] if ctx.triggered_id == Ids.PANEL_RETRY else _ids(ticked)
        back = runs.retry_runs(product, wanted)
        return _told(product, f"{count(len(back), 'run')} back in the queue" if back else NOT_RETRIED)

    @app.callback(
        *_DONE,
        Input({"type": Part.PRIORITY, "priority": ALL}, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        prevent_initial_call=True,
    )
    def _prioritise(_presses: Any, ticked: Any) -> tuple[Any, Any]:
        _require_press()
        wanted, priority = _ids(ticked), int(ctx.triggered_id["priority"])
        runs.set_priority(product, wanted, priority=priority)
        return _told(product, f"{count(len(wanted), 'run')} now with priority {priority}")


def _register_cancel(app: Dash, product: Application) -> None:
    @app.callback(
        *_DONE,
        Output(Ids.CONFIRM, "opened"),
        Output(Ids.CONFIRM_TEXT, "children"),
        Input(Ids.CANCEL, "n_clicks"),
        Input(Ids.PANEL_CANCEL, "n_clicks"),
        Input(Ids.CONFIRM_YES, "n_clicks"),
        Input(Ids.CONFIRM_NO, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        State(Ids.OPEN, "data"),
        prevent_initial_call=True,
    )
    def _cancel(*held: Any) -> tuple[Any, ...]:
        _require_press()
        ticked, opened = held[4:]
        pressed = ctx.triggered_id
        if pressed == Ids.CONFIRM_NO:
            return no_update, no_update, False, no_update
        wanted = [RunId(int(opened))] if pressed == Ids.PANEL_CANCEL else _ids(ticked)
        if pressed == Ids.CANCEL and len(wanted) > 1:
            return no_update, no_update, True, confirmation(len(wanted))
        cancelled = runs.cancel_runs(product, wanted)
        said = f"{count(len(cancelled), 'run')} cancelled" if cancelled else NOT_CANCELLED
        return *_told(product, said), False, no_update


def confirmation(chosen: int) -> str:
    """Return what is asked before several runs are cancelled."""
    runs_chosen = count(chosen, "run")
    return f"{runs_chosen} and those that need their results will not be carried out. They can be retried."


def _ids(ticked: Sequence[Any] | None) -> list[RunId]:
    return [RunId(int(row["id"])) for row in ticked or ()]


def _require_press() -> None:
    """Stop unless a button was pressed: buttons that were just drawn report that they were not."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate


def _told(product: Application, outcome: str) -> tuple[Any, Any]:
    """Return what makes the grid look again at once, and the notification."""
    return product.clock.now().timestamp(), [notification(outcome)]
