"""Workers: who is there, and what they can do together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.catalogue import Catalogue, Worker, merged
from core.domain.ids import RunId, WorkerId
from core.domain.queue.run import Run
from core.domain.queue.usage import MachineLoad, RunUsage
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.workers.built_in import as_json, built_in


@needs(Role.ADMINISTRATOR)
def announce(app: Application, worker: Worker, catalogue: Catalogue) -> None:
    """Make a worker known with what it can do; also after it was stopped or away."""
    present = replace(worker, last_seen_at=app.clock.now(), stopped_at=None)
    with app.unit_of_work(writing=True) as uow:
        uow.workers.save(present, catalogue)
        uow.commit()


@needs(Role.ADMINISTRATOR)
def heartbeat(
    app: Application,
    worker_id: WorkerId,
    run_ids: Iterable[RunId] = (),
    *,
    load: MachineLoad | None = None,
    ended: Iterable[tuple[Run, RunUsage]] = (),
) -> bool:
    """Note that a worker is alive and what it is working on; return whether it is to take no more runs.

    load: what its machine does. ended: what runs used that have ended.

    Raises:
        NotFound: it never announced itself.
    """
    with app.unit_of_work(writing=True) as uow:
        if not uow.workers.seen(worker_id, app.clock.now(), tuple(run_ids), load):
            raise NotFound(f"There is no worker {worker_id}.", "A worker must announce itself first.")
        for run, usage in sorted(ended, key=lambda one: one[0].project_id):
            uow.runs.set_usage(run.id, run.attempt, usage)
        draining = uow.workers.draining(worker_id)
        uow.commit()
    return draining


@needs(Role.ADMINISTRATOR)
def stop(app: Application, worker_id: WorkerId) -> None:
    """Note that a worker ended as it was asked to."""
    with app.unit_of_work(writing=True) as uow:
        uow.workers.stop(worker_id, app.clock.now())
        uow.commit()


@needs(Role.EDITOR)
def drain(app: Application, worker_id: WorkerId, *, undo: bool = False) -> None:
    """Have a worker finish the runs that it has and take no more; with `undo` it takes runs again.

    Raises:
        NotFound: there is no such worker, or it has ended.
    """
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        known = {worker.id for worker in live_workers(uow, app)}
        if worker_id not in known or not uow.workers.drain(worker_id, None if undo else now):
            shown = listed(sorted(known)) or "none"
            raise NotFound(f"No worker {worker_id} is connected.", f"Connected are: {shown}.")
        action = Action.RESUMED if undo else Action.DRAINED
        note(uow, app, action, Subject("worker", (), str(worker_id)))
        uow.commit()


def list_workers(app: Application) -> list[Worker]:
    """Return the workers of the last day, those seen last first; see `is_live`."""
    with app.unit_of_work() as uow:
        return uow.workers.list(seen_after=app.clock.now() - timedelta(days=1))


def is_live(worker: Worker, *, now: datetime, silence_s: float = 60.0) -> bool:
    """Return whether the worker runs, as far as its heartbeats tell."""
    return worker.stopped_at is None and now - worker.last_seen_at <= timedelta(seconds=silence_s)


def catalogue(app: Application) -> Catalogue:
    """Return what live workers can do together; when there are none, what the last known ones could.

    Where no worker has ever connected, it is what this version can do without plug-ins.
    """
    with app.unit_of_work() as uow:
        return catalogue_of(uow, app)


def catalogue_mark(found: Catalogue) -> str:
    """Return a text that is another one whenever anything in the catalogue changed."""
    return hashlib.sha256(as_json(found).encode()).hexdigest()[:16]


def catalogue_of(uow: UnitOfWork, app: Application) -> Catalogue:
    """Return the same within a unit of work that is open already."""
    live = uow.workers.catalogues(seen_after=app.clock.now() - timedelta(seconds=app.limits.worker_silence_s))
    return merged(live or uow.workers.catalogues() or [built_in()])


def slots_at_work(uow: UnitOfWork, app: Application) -> int:
    """Return how many runs the workers that run at present carry out together, those that drain left out."""
    return sum(worker.slots for worker in live_workers(uow, app) if worker.draining_at is None)


def live_workers(uow: UnitOfWork, app: Application) -> list[Worker]:
    """Return the workers that run at present."""
    now = app.clock.now()
    recent = uow.workers.list(seen_after=now - timedelta(seconds=app.limits.worker_silence_s))
    return [worker for worker in recent if worker.stopped_at is None]
