"""How much there is to do, who does it, and the banner for when nobody does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.presentation.counts import counted
from core.services.queue.runs import QueuedRun, QueueSummary
from dashboard.views.queue.ids import PatternIds
from dashboard.views.queue.machine import machine
from dashboard.views.queue.rows import device_names
from dashboard.views.queue.words import ago, kind_label, time_left

START_COMMAND = "compress-compare worker"
_SHOWN_VERSIONS = ("torch", "python", "compress-and-compare")


def headline(summary: QueueSummary) -> str:
    """Return one sentence: how much is left, and for how long."""
    if not summary.active:
        return "Nothing is waiting or running."
    left = counted(summary.active, "run")
    if summary.slots == 0:
        return f"{left} to go; no worker takes runs."
    slots = f"with {counted(summary.slots, 'slot')}"
    if summary.remaining is None:
        return f"{left} to go; time left unknown until a first one like them has ended."
    span, unknown = summary.remaining.span, summary.remaining.unknown
    if not unknown:
        return f"{left} to go, {time_left(span)} {slots}."
    at_least = f", at least {time_left(span)} {slots}" if span.high_s else ""
    return f"{left} to go{at_least}; how long {unknown:,} of them take is not known yet."


def banner(summary: QueueSummary, live: Sequence[Worker]) -> Component | None:
    """Return the warning that nobody works on the queue, None while somebody does."""
    if live:
        return None
    consequence = f"{counted(summary.active, 'run')} will wait until one does. " if summary.active else ""
    return dmc.Alert(
        [
            html.Span(f"{consequence}Start one on any machine that reaches the database: "),
            dmc.Code(START_COMMAND),
        ],
        title="No worker is connected",
        color="yellow",
        className="worker-missing",
        variant="light",
    )


def worker_cards(
    workers: Sequence[Worker], work: Mapping[WorkerId, Sequence[QueuedRun]], now: datetime
) -> list[Component]:
    """Return a card per connected worker: device, versions, what it is doing, when it was last heard of."""
    return [_card(worker, work.get(worker.id, ()), now) for worker in workers]


def _card(worker: Worker, carried_out: Sequence[QueuedRun], now: datetime) -> Component:
    doing = ", ".join(f"{kind_label(row.run.kind).lower()} {row.model_name}" for row in carried_out) or (
        "idle" if worker.ready else "starting: loads its libraries"
    )
    if worker.draining_at is not None:
        doing = f"drained, finishes {doing}" if carried_out else "drained: takes no runs, can be stopped"
    if worker.load is not None and worker.load.problem:
        doing = f"takes no runs: {worker.load.problem}"
    if not worker.readable:
        doing = f"{doing}; runs another version than this page, which cannot read its catalogue: restart it"
    versions = " ".join(
        f"{name} {worker.versions[name]}" for name in _SHOWN_VERSIONS if name in worker.versions
    )
    seen = f"seen {ago(worker.last_seen_at, now)}"
    about = [device_names(worker), counted(worker.slots, "slot"), seen, versions]
    more = [f"queues {', '.join(worker.queues)}", *map(" ".join, worker.versions.items())]
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className="worker-light busy" if carried_out else "worker-light"),
                    html.Strong(worker.host, title=worker.id),
                    html.Span(doing, className="worker-doing", title=doing),
                    _drain(worker),
                ],
                className="worker-head",
            ),
            html.Div(
                " \N{MIDDLE DOT} ".join(part for part in about if part),
                className="worker-about",
                title="\n".join(more),
            ),
            *machine(worker.load),
        ],
        className="worker",
    )


def _drain(worker: Worker) -> Component:
    """Return the button that has the worker take no more runs, or take them again."""
    undo = worker.draining_at is not None
    button = dmc.Button(
        "Resume" if undo else "Drain",
        id={"type": PatternIds.DRAIN, "worker": worker.id, "undo": undo},
        variant="default",
        size="compact-xs",
        className="worker-drain",
    )
    says = "Let it take runs again" if undo else "Finish its runs and take no more, so that it can be stopped"
    return html.Span(button, title=says)
