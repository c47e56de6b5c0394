"""Cancel, retry and priority, for the runs that are ticked or for the one whose panel is open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import ExperimentId, RunId, WorkerId
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunKind, RunStatus
from core.presentation.counts import counted
from core.services.application import Application
from core.services.projects import projects
from core.services.queue import runs
from core.services.workers import workers
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.queue.filters import Filters, chosen
from dashboard.views.queue.ids import Ids, PatternIds

NOT_CANCELLED = "Nothing was left to cancel: it has ended, or somebody else was quicker"
NOT_RETRIED = "Nothing was left to retry: somebody else was quicker"

_TICKED = (
    State(Ids.GRID, "selectedRows"),
    State(Ids.EVERY, "data"),
    State(Ids.STATUSES, "value"),
    State(Ids.KINDS, "value"),
    State(Ids.PROJECT, "value"),
    State(Ids.EXPERIMENT, "data"),
)
_DONE = (
    Output(Ids.ACTED, "data", allow_duplicate=True),
    Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
)


@dataclass(frozen=True)
class Ticked:
    """Lines that are ticked, whether they stand for every run that matches, and the filters they match."""

    rows: Sequence[Any] | None
    every: bool | None
    statuses: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    project: str | None = None
    experiment: int | None = None


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
    _register_cancel(app, product)
    _register_drain(app, product)

    @app.callback(
        *_DONE,
        Input(Ids.RETRY, "n_clicks"),
        Input(Ids.PANEL_RETRY, "n_clicks"),
        State(Ids.OPEN, "data"),
        *_TICKED,
        prevent_initial_call=True,
    )
    def _retry(_many: Any, _one: Any, opened: Any, *held: Any) -> tuple[Any, Any]:
        _require_press()
        one = ctx.triggered_id == Ids.PANEL_RETRY
        wanted = [RunId(int(opened))] if one else chosen_runs(product, Ticked(*held), UNSUCCESSFUL)
        back = runs.retry_runs(product, wanted)
        return _told(product, f"{counted(len(back), 'run')} back in the queue" if back else NOT_RETRIED)

    @app.callback(
        *_DONE,
        Input({"type": PatternIds.PRIORITY, "priority": ALL}, "n_clicks"),
        *_TICKED,
        prevent_initial_call=True,
    )
    def _prioritise(_presses: Any, *held: Any) -> tuple[Any, Any]:
        _require_press()
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
        _require_press()
        undo = bool(ctx.triggered_id["undo"])
        workers.drain(product, WorkerId(ctx.triggered_id["worker"]), undo=undo)
        return _told(product, "It takes runs again" if undo else "It finishes its runs and takes no more")


def _register_cancel(app: Dash, product: Application) -> None:
    @app.callback(
        *_DONE,
        Output(Ids.CONFIRM, "opened"),
        Output(Ids.CONFIRM_TEXT, "children"),
        Input(Ids.CANCEL, "n_clicks"),
        Input(Ids.PANEL_CANCEL, "n_clicks"),
        Input(Ids.CONFIRM_YES, "n_clicks"),
        Input(Ids.CONFIRM_NO, "n_clicks"),
        State(Ids.OPEN, "data"),
        *_TICKED,
        prevent_initial_call=True,
    )
    def _cancel(*given: Any) -> tuple[Any, ...]:
        _require_press()
        opened, *held = given[4:]
        pressed = ctx.triggered_id
        if pressed == Ids.CONFIRM_NO:
            return no_update, no_update, False, no_update
        one = pressed == Ids.PANEL_CANCEL
        wanted = [RunId(int(opened))] if one else chosen_runs(product, Ticked(*held), ACTIVE)
        if pressed == Ids.CANCEL and len(wanted) > 1:
            return no_update, no_update, True, confirmation(len(wanted))
        cancelled = runs.cancel_runs(product, wanted)
        said = f"{counted(len(cancelled), 'run')} cancelled" if cancelled else NOT_CANCELLED
        return *_told(product, said), False, no_update


def confirmation(chosen: int) -> str:
    """Return what is asked before several runs are cancelled."""
    runs_chosen = counted(chosen, "run")
    return f"{runs_chosen} and those that need their results will not be carried out. They can be retried."


def chosen_runs(product: Application, ticked: Ticked, useful: Collection[RunStatus]) -> list[RunId]:
    """Return the ticked runs; where every line of a cut list is ticked, all `useful` ones that match."""
    if not ticked.every:
        return [RunId(int(row["id"])) for row in ticked.rows or ()]
    experiment = None if ticked.experiment is None else ExperimentId(int(ticked.experiment))
    filters = Filters(
        chosen(RunStatus, ticked.statuses),
        chosen(RunKind, ticked.kinds),
        project=ticked.project or "",
        experiment=experiment,
    )
    statuses = frozenset(useful) & (filters.statuses or frozenset(RunStatus))
    query = replace(filters.query(projects.list_projects(product)), statuses=statuses)
    return runs.matching_runs(product, query)


def _require_press() -> None:
    """Stop unless a button was pressed: buttons that were just drawn report that they were not."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate


def _told(product: Application, outcome: str) -> tuple[Any, Any]:
    """Return what makes the grid look again at once, and the notification."""
    return product.clock.now().timestamp(), [notification(outcome)]
