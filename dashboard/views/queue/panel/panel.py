"""The panel of one run: what happened to it, why it failed, and what it was asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.queue.run import ACTIVE, MAKING, UNSUCCESSFUL, Run, RunError, RunStatus
from core.domain.queue.usage import RunUsage
from core.presentation.durations import duration
from core.services.queue.outlook import Outlook
from core.services.queue.runs import QueuedRun
from dashboard.address import Address
from dashboard.training_curves import Of, place
from dashboard.views.queue.machine import usage_facts
from dashboard.views.queue.panel.history import history
from dashboard.views.queue.rows import RowContext, grid_row
from dashboard.views.queue.words import kind_label, time_left


def panel_mark(row: QueuedRun) -> tuple[Any, ...]:
    """Return what changes when the panel has to be drawn anew."""
    run = row.run
    asked = run.cancel_requested_at is not None
    return (run.id, run.status, run.attempt, run.priority, row.reason, asked, run.usage)


def used_by(run: Run, around: RowContext) -> RunUsage | None:
    """Return what the run used; of one that goes on, what its worker told last."""
    worker = around.workers.get(run.worker_id) if run.worker_id else None
    load = worker.load if worker and run.status is RunStatus.RUNNING else None
    return load.runs.get(run.id) if load else run.usage


def can_cancel(run: Run) -> bool:
    """Return whether asking for a cancellation would do anything."""
    return run.status in ACTIVE and run.cancel_requested_at is None


def can_retry(run: Run) -> bool:
    """Return whether the run can be tried again."""
    return run.status in UNSUCCESSFUL


def body(row: QueuedRun, around: RowContext, ahead: Outlook) -> list[Component]:
    """Return everything of the panel but its buttons and its log."""
    run = row.run
    line = grid_row(row, around)
    selected = {"selected": str(run.model_id)}
    link, compared = (Address(view, row.project_slug, selected).href for view in ("overview", "compare"))
    return [
        html.H2(f"{kind_label(run.kind)} {row.model_name}", className="panel-title"),
        *([html.Div(f"from {line['origin']}", className="run-note")] if line["origin"] else []),
        html.Div(
            [
                html.Span(line["status_label"], className=f"run-status {run.status.value}"),
                dcc.Link("Show the model in the overview", href=link),
                *([dcc.Link("Compare", href=compared)] if run.status is RunStatus.SUCCEEDED else []),
            ],
            className="panel-line",
        ),
        *([dmc.Text(row.reason, size="sm", c="dimmed")] if row.reason else []),
        *([_error(run.error)] if run.error and run.status in UNSUCCESSFUL else []),
        *([place(Of.RUN, run.id)] if run.kind in MAKING else []),
        _facts(
            _timings(run, line["worker"], around.now)
            | _expected(run, line["left"], ahead)
            | usage_facts(used_by(run, around))
        ),
        *history(ahead),
        _payload(run.payload),
    ]


def _error(error: RunError) -> Component:
    folded = html.Details([html.Summary("Traceback"), html.Pre(error.traceback)], className="panel-traceback")
    return dmc.Alert(
        [html.Div(error.hint), *([folded] if error.traceback else [])],
        title=error.message,
        color="red",
        variant="light",
    )


def _timings(run: Run, worker: str, now: datetime) -> dict[str, str]:
    queued, started = run.queued_at or run.created_at, run.started_at
    waited = (started or run.finished_at or now) - queued
    ended = run.finished_at is not None
    facts = {
        "Run": str(run.id),
        "Attempt": f"{run.attempt} of at most {run.max_attempts}" if run.attempt else "",
        "Priority": str(run.priority),
        "Worker": worker,
        "Device wanted": run.queue,
        "Queued": f"{_instant(queued)}, waited {duration(max(waited.total_seconds(), 0))}",
        "Started": _instant(started) if started else "",
        "Ended": f"{_instant(run.finished_at)}" if run.finished_at else "",
        "Took": duration(run.elapsed_s(now)) if ended and started else "",
        "Queued by": run.author,
    }
    return {name: text for name, text in facts.items() if text}


def _facts(facts: Mapping[str, str]) -> Component:
    pairs = [part for name, text in facts.items() for part in (html.Dt(name), html.Dd(text))]
    return html.Dl(pairs, className="panel-facts")


def _payload(payload: Mapping[str, Any]) -> Component:
    if not payload:
        return html.Div()
    facts = _facts({name.replace("_", " "): str(value) for name, value in payload.items()})
    return html.Details([html.Summary("What it was asked to do"), facts], className="panel-payload")


def _expected(run: Run, left: str, ahead: Outlook) -> dict[str, str]:
    if run.status is RunStatus.RUNNING:
        return {"Time left": left.removesuffix(" left")} if left else {}
    if run.status in ACTIVE and ahead.expected is not None:
        return {"Will take": time_left(ahead.expected)}
    return {}


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
