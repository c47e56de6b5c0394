"""The live badge beside "Queue": how much is running and queued, over all projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from core.domain.run import RunStatus
from core.services import runs
from core.services.application import Application
from dashboard.ids import ShellIds
from dashboard.shell.page import BUSY_MS, IDLE_MS
from dashboard.view import views


def badge_text(counts: Mapping[RunStatus, int]) -> str:
    """Return e.g. `2 running · 14 queued`; empty when nothing is going on."""
    running = counts.get(RunStatus.RUNNING, 0)
    queued = counts.get(RunStatus.QUEUED, 0) + counts.get(RunStatus.WAITING, 0)
    parts = [(running, "running"), (queued, "queued")]
    return " · ".join(f"{count} {word}" for count, word in parts if count)


def register(app: Dash, product: Application) -> None:
    """Keep the badge fresh; ask seldom while nothing is going on. Without a queue page there is no badge."""
    if "queue" not in views:
        return

    @app.callback(
        Output(ShellIds.QUEUE_BADGE, "children"),
        Output(ShellIds.TICK, "interval"),
        Input(ShellIds.TICK, "n_intervals"),
        State(ShellIds.QUEUE_BADGE, "children"),
    )
    def _refresh(_ticks: int | None, shown: str | None) -> tuple[Any, Any]:
        text = badge_text(runs.queue_summary(product).counts)
        interval = BUSY_MS if text else IDLE_MS
        return (no_update if text == (shown or "") else text), interval
