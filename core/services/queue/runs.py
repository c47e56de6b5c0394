"""Runs as people see them: lists, details, logs, cancel, retry, priority, how long it will take."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.domain.access.audit import Action
from core.domain.access.caller import Role
from core.domain.ids import ProjectId, RunId
from core.domain.queue.durations import Durations, Remaining, remaining
from core.domain.queue.run import ACTIVE, Run, RunStatus
from core.domain.queue.run_query import RunQuery
from core.errors import InvalidInput, NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.access.audit import note_runs
from core.services.access.roles import needs
from core.services.application import Application
from core.services.queue.cancellation import cancel_all, retry_all
from core.services.queue.dispatch import dispatch_unsent
from core.services.queue.repair import ruined_below
from core.services.queue.scheduling import full_projects
from core.services.queue.waiting import Obstacles, waiting_reason
from core.services.workers.workers import live_workers, slots_at_work

__all__ = [
    "LogChunk",
    "QueueSummary",
    "QueuedRun",
    "RunQuery",
    "cancel_runs",
    "get_run",
    "list_runs",
    "log_path",
    "log_tail",
    "queue_counts",
    "queue_summary",
    "read_log",
    "retry_runs",
    "set_priority",
    "time_left",
]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueuedRun:
    """A run as a line of the queue. `reason` says why it has not started, or never will; empty if it has."""

    run: Run
    model_name: str
    project_slug: str
    reason: str


@dataclass(frozen=True)
class QueueSummary:
    """How much work there is. `remaining` is None as long as nothing is known to estimate it from."""

    counts: Mapping[RunStatus, int]
    remaining: Remaining | None
    slots: int

    @property
    def active(self) -> int:
        """How many runs wait, are queued or run."""
        return sum(self.counts.get(status, 0) for status in ACTIVE)


@dataclass(frozen=True)
class LogChunk:
    """A piece of a log; read on from `next_offset` (bytes)."""

    text: str
    next_offset: int


def list_runs(app: Application, query: RunQuery | None = None) -> list[QueuedRun]:
    """Return runs: those active first (running, queued, waiting), then those that ended, newest first."""
    query = query or RunQuery()
    with app.unit_of_work() as uow:
        found = uow.runs.list(query)
        obstacles = Obstacles(live_workers(uow, app), uow.shares.paused(), full_projects(uow))
    return [QueuedRun(run, model, slug, waiting_reason(run, obstacles)) for run, model, slug in found]


def matching_runs(app: Application, query: RunQuery) -> list[RunId]:
    """Return the ids of all runs that match, also of those beyond the query's limit."""
    with app.unit_of_work() as uow:
        return uow.runs.matching(query)


def get_run(app: Application, run_id: RunId) -> Run:
    """Return one run; `NotFound` if there is none of that id."""
    with app.unit_of_work() as uow:
        return _existing(uow, [run_id])[0]


@needs(Role.EDITOR)
def cancel_runs(app: Application, run_ids: Iterable[RunId]) -> tuple[RunId, ...]:
    """Cancel runs that have not ended: idle ones at once, running ones as soon as their worker notices.

    Runs that need a cancelled one are skipped. Return the ids that were cancelled or asked to stop.
    """
    with app.unit_of_work(writing=True) as uow:
        wanted = _locked(uow, run_ids)
        cancelled = cancel_all(uow, wanted, app.clock.now())
        note_runs(uow, app, Action.CANCELLED, cancelled)
        uow.commit()
    _logger.info("Runs cancelled", extra={"runs": len(cancelled), "by": app.caller.name})
    return tuple(cancelled)


@needs(Role.EDITOR)
def retry_runs(app: Application, run_ids: Iterable[RunId]) -> tuple[RunId, ...]:
    """Try unsuccessful runs again, with the unsuccessful ones they need and those skipped because of them.

    Where a run failed over a damaged checkpoint, the run that made it is carried out again first; so is a
    finished making run that is named itself, if its checkpoint is missing or damaged.

    Return every id that went back into the queue; other runs that are active or succeeded are left alone.
    """
    chosen = list(run_ids)
    ruined = ruined_below(app, chosen)
    with app.unit_of_work(writing=True) as uow:
        wanted = _locked(uow, chosen)
        more = app.limits.max_attempts
        back = retry_all(uow, wanted, app.clock.now(), more_attempts=more, ruined=ruined)
        note_runs(uow, app, Action.RETRIED, back)
        uow.commit()
    _logger.info("Runs brought back", extra={"runs": len(back), "by": app.caller.name})
    dispatch_unsent(app)
    return tuple(back)


@needs(Role.EDITOR)
def set_priority(app: Application, run_ids: Iterable[RunId], *, priority: int) -> None:
    """Give runs another priority (-1000..1000, larger first); of use to those not started yet."""
    if not -1000 <= priority <= 1000:
        message = f"The priority {priority} is out of range."
        raise InvalidInput.of("priority", message, "Use a number from -1000 to 1000.")
    with app.unit_of_work(writing=True) as uow:
        wanted = _locked(uow, run_ids)
        uow.runs.set_priority(wanted, priority)
        note_runs(uow, app, Action.CHANGED, wanted, told=f"priority {priority}")
        uow.commit()


def queue_counts(app: Application, project_id: ProjectId | None = None) -> Mapping[RunStatus, int]:
    """Return how many runs there are of each status; cheaper than the whole summary."""
    with app.unit_of_work() as uow:
        counts = uow.runs.counts(project_id)
    return {status: sum(counts.get(status, {}).values()) for status in RunStatus}


def queue_summary(app: Application, project_id: ProjectId | None = None) -> QueueSummary:
    """Return counts per status and about how long the rest takes, judged by runs that ended."""
    with app.unit_of_work() as uow:
        counts = uow.runs.counts(project_id)
        totals = {status: sum(counts.get(status, {}).values()) for status in RunStatus}
        slots = slots_at_work(uow, app)
        active = sum(totals[status] for status in ACTIVE)
        left = time_left(uow, project_id, active=active, slots=slots, now=app.clock.now())
    return QueueSummary(totals, left, slots)


def time_left(
    uow: UnitOfWork, project_id: ProjectId | None, *, active: int, slots: int, now: datetime
) -> Remaining | None:
    """Return about how long the `active` runs take together, judged by runs that ended; see `remaining`."""
    going = uow.runs.active_durations(project_id, now=now)
    durations = Durations(uow.runs.ended_durations(None)) if going else Durations(())
    left = remaining(going, durations, slots=slots)
    if left is None or not going:
        return left
    scale = active / len(going)  # of very many some are looked at
    return Remaining(left.span * scale, round(left.unknown * scale))


def read_log(app: Application, run_id: RunId, *, offset: int = 0) -> LogChunk:
    """Return the run's log from byte `offset` on, at most one chunk; negative counts from the end.

    A log that is not there, or not on this machine, is empty.
    """
    _require_visible(app, run_id)
    try:
        with log_path(app, run_id).open("rb") as log:
            size = log.seek(0, 2)
            start = max(0, size + offset) if offset < 0 else min(offset, size)
            log.seek(start)
            data = log.read(app.limits.log_chunk_bytes)
    except OSError:
        return LogChunk("", 0)
    return LogChunk(data.decode(errors="replace"), start + len(data))


def log_tail(app: Application, run_id: RunId, *, most_bytes: int) -> tuple[tuple[int, str], ...]:
    """Return the last lines of the run's log, each with the byte at which it begins.

    A line cut off by `most_bytes` is left out, unless there is no other.
    """
    _require_visible(app, run_id)
    try:
        with log_path(app, run_id).open("rb") as log:
            start = max(0, log.seek(0, 2) - most_bytes)
            log.seek(start)
            lines = log.read(most_bytes).splitlines(keepends=True)
    except OSError:
        return ()
    starts = itertools.accumulate(map(len, lines), initial=start)
    found = tuple((at, line.decode(errors="replace")) for at, line in zip(starts, lines, strict=False))
    return found[1:] if start > 0 and len(found) > 1 else found


def _require_visible(app: Application, run_id: RunId) -> None:
    """Raise `NotFound` for a run outside the project that the caller may see; logs are files."""
    if app.caller.project_id is not None:
        get_run(app, run_id)


def log_path(app: Application, run_id: RunId) -> Path:
    """Return the file that the run's process writes to."""
    return app.logs_dir / f"run-{int(run_id)}.log"


def _locked(uow: UnitOfWork, run_ids: Iterable[RunId]) -> list[RunId]:
    runs = _existing(uow, run_ids)
    for project_id in sorted({run.project_id for run in runs}):
        uow.projects.touch(project_id)
    return [run.id for run in runs]


def _existing(uow: UnitOfWork, run_ids: Iterable[RunId]) -> list[Run]:
    wanted: Collection[RunId] = dict.fromkeys(run_ids)
    found = uow.runs.get(wanted)
    missing = [str(run_id) for run_id in wanted if run_id not in found]
    if missing:
        raise NotFound(f"There are no runs with ids {listed(missing)}.", "Reload the queue.")
    return [found[run_id] for run_id in wanted]
