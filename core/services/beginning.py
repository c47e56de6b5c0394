"""What goes on in a project before there is anything to compare: which worker starts, which run is first."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.catalogue import Worker
from core.domain.effort import CERTAIN, Span, extrapolated
from core.domain.ids import ProjectId
from core.domain.run import ACTIVE, RunKind, RunStatus
from core.services.application import Application
from core.services.runs import RunQuery, RunRow, list_runs
from core.services.workers import live_workers

_COMPARABLE = 2
"""Evaluated models from which on a project has something to show."""


@dataclass(frozen=True)
class Beginning:
    """A project that has work to do and nothing to compare.

    active: runs that have not ended. workers: those that are connected. starting_s: how long the first of
    them has been starting; None if one is ready, or there is none. running: the run that started first.
    left: how long that run still needs, judged by its own progress; None as long as that says too little.
    """

    active: int
    workers: int
    starting_s: float | None = None
    running: RunRow | None = None
    left: Span | None = None


def beginning(app: Application, project_id: ProjectId) -> Beginning | None:
    """Return what goes on; None if nothing is to be done, or two models have been evaluated."""
    with app.unit_of_work() as uow:
        counts = uow.runs.counts(project_id)
        workers = live_workers(uow, app)
    active = sum(sum(counts.get(status, {}).values()) for status in ACTIVE)
    if not active or counts.get(RunStatus.SUCCEEDED, {}).get(RunKind.EVALUATE, 0) >= _COMPARABLE:
        return None
    running = _first_running(app, project_id)
    left = _left(app, running) if running else None
    return Beginning(active, len(workers), _starting_s(app, workers), running, left)


def _first_running(app: Application, project_id: ProjectId) -> RunRow | None:
    found = list_runs(app, RunQuery(project_id, statuses=frozenset({RunStatus.RUNNING})))
    return min(found, key=lambda row: row.run.id, default=None)


def _starting_s(app: Application, workers: list[Worker]) -> float | None:
    if not workers or any(worker.ready for worker in workers):
        return None
    return (app.clock.now() - min(worker.started_at for worker in workers)).total_seconds()


def _left(app: Application, row: RunRow) -> Span | None:
    run = row.run
    if run.started_at is None or run.progress < CERTAIN:
        return None
    return extrapolated((app.clock.now() - run.started_at).total_seconds(), run.progress)
