"""What an operator watches: runs, the queue, workers, the last backup. Read from the database each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.domain.access.audit import Action, AuditQuery
from core.domain.catalogue import Worker
from core.domain.notification import DeliveryStatus
from core.domain.queue.run import RunKind, RunStatus
from core.persistence.runs.run_statistics import DurationCounts
from core.services.application import Application
from core.services.workers.workers import is_live, list_workers

BOUNDS_S = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0)
"""Upper bounds of the classes of durations."""


@dataclass(frozen=True)
class Backlog:
    """Runs of a queue that can start. oldest_s: how long the first of them has waited, in seconds."""

    runs: int
    oldest_s: float


@dataclass(frozen=True)
class WorkerState:
    """A worker of the last day that was not stopped. silence_s: seconds since its last heartbeat."""

    worker: Worker
    live: bool
    silence_s: float
    busy: int


@dataclass(frozen=True)
class OperationFigures:
    """The state of an installation at one instant."""

    runs: Mapping[tuple[RunStatus, RunKind], int]
    backlog: Mapping[str, Backlog]
    durations: Mapping[tuple[RunKind, RunStatus], DurationCounts]
    workers: tuple[WorkerState, ...]
    backed_up_at: datetime | None
    messages: Mapping[DeliveryStatus, int]


def operation_figures(app: Application) -> OperationFigures:
    """Return the figures; `Unavailable` or `Misconfigured` where the database cannot be read."""
    now = app.clock.now()
    with app.unit_of_work() as uow:
        held = uow.run_statistics.held()
        waiting = uow.run_statistics.waiting()
        backups = uow.audit.list(AuditQuery(action=Action.BACKED_UP, limit=1))
        messages = uow.channels.counts()
        runs, durations = uow.run_statistics.counts(), uow.run_statistics.durations(BOUNDS_S)
    backlog = {
        queue: Backlog(number, 0.0 if since is None else max(0.0, (now - since).total_seconds()))
        for queue, (number, since) in waiting.items()
    }
    silence_s = app.limits.worker_silence_s
    workers = tuple(
        WorkerState(
            worker,
            is_live(worker, now=now, silence_s=silence_s),
            max(0.0, (now - worker.last_seen_at).total_seconds()),
            held.get(str(worker.id), 0),
        )
        for worker in list_workers(app)
        if worker.stopped_at is None
    )
    backed_up_at = backups[0].at if backups else None
    return OperationFigures(runs, backlog, durations, workers, backed_up_at, messages)
