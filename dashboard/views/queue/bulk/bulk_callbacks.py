"""The buttons that cancel and retry runs: a dry run first where there are several, then the list follows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from core.domain.ids import RunId
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL
from core.presentation.counts import counted
from core.services.application import Application
from core.services.queue import runs
from core.services.queue.forecast import forecast_cancel, forecast_retry
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds
from dashboard.views.queue.bulk.questions import Bulk, question
from dashboard.views.queue.bulk.ticked import TICKED, Ticked, chosen_runs, require_press
from dashboard.views.queue.filters import MOST_ROWS
from dashboard.views.queue.ids import Ids

NOT_DONE = {
    Bulk.CANCEL: "Nothing was left to cancel: it has ended, or somebody else was quicker",
    Bulk.RETRY: "Nothing was left to retry: somebody else was quicker",
}
_ACTS = {
    Ids.CANCEL: Bulk.CANCEL,
    Ids.PANEL_CANCEL: Bulk.CANCEL,
    Ids.RETRY: Bulk.RETRY,
    Ids.PANEL_RETRY: Bulk.RETRY,
}


@dataclass(frozen=True)
class Done:
    """What came of it: the runs that it concerned, and the notification."""

    run_ids: Sequence[RunId]
    news: Notification


def register(app: Dash, product: Application) -> None:
    """Wire the buttons above the grid, those of the panel and those of the dialog."""

    @app.callback(
        output={
            "acted": Output(Ids.ACTED, "data", allow_duplicate=True),
            "news": Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            "opened": Output(Ids.CONFIRM, "opened"),
            "title": Output(Ids.CONFIRM, "title"),
            "text": Output(Ids.CONFIRM_TEXT, "children"),
            "yes": Output(Ids.CONFIRM_YES, "children"),
            "impossible": Output(Ids.CONFIRM_YES, "disabled"),
            "asked": Output(Ids.BULK, "data"),
            "batch": Output(Ids.BATCH, "data", allow_duplicate=True),
        },
        inputs={
            "pressed": [Input(one, "n_clicks") for one in (*_ACTS, Ids.CONFIRM_YES, Ids.CONFIRM_NO)],
            "opened": State(Ids.OPEN, "data"),
            "asked": State(Ids.BULK, "data"),
            "held": TICKED,
        },
        prevent_initial_call=True,
    )
    def _press(*, pressed: Any, opened: Any, asked: Any, held: Sequence[Any]) -> dict[str, Any]:
        del pressed
        require_press()
        pressed_id = Ids(ctx.triggered_id)
        if pressed_id is Ids.CONFIRM_NO:
            return _outputs(opened=False)
        if pressed_id is Ids.CONFIRM_YES:
            done = carry_out(product, Bulk(asked["act"]), [RunId(int(one)) for one in asked["ids"]])
            return _outputs(product, done, opened=False)
        act = _ACTS[pressed_id]
        if pressed_id in {Ids.PANEL_CANCEL, Ids.PANEL_RETRY}:
            return _outputs(product, carry_out(product, act, [RunId(int(opened))]))
        useful = ACTIVE if act is Bulk.CANCEL else UNSUCCESSFUL
        wanted = chosen_runs(product, Ticked(*held), useful)
        if len(wanted) == 1:
            return _outputs(product, carry_out(product, act, wanted))
        return _asking(product, act, wanted)

    @app.callback(
        Output(Ids.BATCH, "data", allow_duplicate=True),
        Input(Ids.BATCH_CLOSE, "n_clicks"),
        prevent_initial_call=True,
    )
    def _leave(_presses: int | None) -> list[int]:
        require_press()
        return []


def carry_out(product: Application, act: Bulk, run_ids: Collection[RunId]) -> Done:
    """Cancel or retry the runs and say what came of it."""
    if act is Bulk.CANCEL:
        affected, said = runs.cancel_runs(product, run_ids), "cancelled"
    else:
        affected, said = runs.retry_runs(product, run_ids), "back in the queue"
    told = f"{counted(len(affected), 'run')} {said}" if affected else NOT_DONE[act]
    return Done(affected, notification(told))


def _asking(product: Application, act: Bulk, wanted: Sequence[RunId]) -> dict[str, Any]:
    forecast = (forecast_cancel if act is Bulk.CANCEL else forecast_retry)(product, wanted)
    ask = question(act, forecast)
    asked = {"act": act.value, "ids": [int(one) for one in forecast.possible]}
    shown = {"title": ask.title, "text": ask.text, "yes": ask.yes, "impossible": not ask.possible}
    return _outputs(opened=True) | shown | {"asked": asked}


def _outputs(
    product: Application | None = None, done: Done | None = None, *, opened: bool | None = None
) -> dict[str, Any]:
    kept = dict.fromkeys(("acted", "news", "title", "text", "yes", "impossible", "asked", "batch"), no_update)
    shown: dict[str, Any] = {"opened": no_update if opened is None else opened}
    if product is None or done is None:
        return kept | shown
    several = [int(one) for one in done.run_ids] if len(done.run_ids) > 1 else []
    followed = several if several and len(several) <= MOST_ROWS else no_update
    news = {"acted": product.clock.now().timestamp(), "news": [done.news], "batch": followed}
    return kept | shown | news
