"""What goes on in a project, or in all: is a worker there, what runs do, how long the rest takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.catalogue import Worker
from core.domain.ids import ProjectId
from core.domain.queue.durations import Remaining
from core.domain.queue.run import ACTIVE, RunKind, RunStatus
from core.services.application import Application
from core.services.queue.runs import time_left
from core.services.workers.workers import live_workers


@dataclass(frozen=True)
class Activity:
    """The work of a project, or of all projects.

    active: runs that have not ended. models: those that runs are still to make or measure. workers: those
    that are connected. starting_s: how long the first of them has been starting; None if one is ready, or
    there is none. kinds: what is being done at present. left: how long all of it takes; None as long as
    nothing is known to estimate it from.
    """

    active: int
    models: int
    workers: int
    starting_s: float | None = None
    kinds: frozenset[RunKind] = frozenset()
    left: Remaining | None = None


def activity(app: Application, project_id: ProjectId | None) -> Activity | None:
    """Return what goes on in a project, None for all of them; None if nothing is to be done."""
    with app.unit_of_work() as uow:
        counts = uow.runs.counts(project_id)
        active = sum(sum(counts.get(status, {}).values()) for status in ACTIVE)
        if not active:
            return None
        workers = live_workers(uow, app)
        models = uow.runs.unfinished_models(project_id)
        slots = sum(worker.slots for worker in workers)
        left = time_left(uow, project_id, active=active, slots=slots, now=app.clock.now())
    return Activity(active, models, len(workers), _starting_s(app, workers), _kinds(counts), left)


def _kinds(counts: Mapping[RunStatus, Mapping[RunKind, int]]) -> frozenset[RunKind]:
    return frozenset(kind for kind, count in counts.get(RunStatus.RUNNING, {}).items() if count)


def _starting_s(app: Application, workers: list[Worker]) -> float | None:
    if not workers or any(worker.ready for worker in workers):
        return None
    return (app.clock.now() - min(worker.started_at for worker in workers)).total_seconds()
