"""The life of a run as workers drive it: claim, renew, report, end; and what follows for other runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.domain.access.caller import Role
from core.domain.ids import RunId, WorkerId
from core.domain.queue.retries import after_death, after_loss
from core.domain.queue.run import Run, RunError, RunStatus
from core.domain.queue.training_curve import CurvePoint
from core.errors import Conflict, NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.roles import needs
from core.services.application import Application
from core.services.preflight.deferred_checks import refuse_unfit_steps
from core.services.queue.cancellation import measure_again, skip_dependants, wake_dependants
from core.services.queue.dispatch import DispatchReport, dispatch_unsent
from core.services.queue.giving_up import give_up_below
from core.services.queue.recording import record
from core.services.queue.results import Drifted, Evaluated, InstancesKept, ModelMade, Paired, Results
from core.services.queue.scheduling import next_runs

__all__ = [
    "DispatchReport",
    "SweepReport",
    "claim",
    "claim_next",
    "crash",
    "dispatch_unsent",
    "drop",
    "expire",
    "fail",
    "mark_cancelled",
    "release",
    "renew",
    "report_progress",
    "succeed",
    "sweep",
]

_logger = logging.getLogger(__name__)

WORKER_GONE = RunError(
    "lost", "Its worker vanished.", "Look at the log and at the worker's memory, then retry the run."
)
STARTER_GONE = RunError(
    "lost",
    "The process that starts runs ended.",
    "The end of the worker's log may say why; look at the machine's memory, then retry the run.",
)


@dataclass(frozen=True)
class SweepReport:
    """What a sweep did: runs given another try, runs given up, runs cancelled, announcements sent."""

    requeued: tuple[RunId, ...] = ()
    lost: tuple[RunId, ...] = ()
    cancelled: tuple[RunId, ...] = ()
    sent: int = 0


@needs(Role.ADMINISTRATOR)
def claim(app: Application, run_id: RunId, worker_id: WorkerId) -> Run | None:
    """Take a queued run; None if it is not queued (any more), so a duplicate message does nothing."""
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        project_id = uow.runs.touch_project(run_id)
        if project_id is None or uow.shares.full(project_id):
            return None
        lease_until = now + timedelta(seconds=app.limits.lease_s)
        claimed = uow.runs.claim(run_id, worker_id, now=now, lease_until=lease_until)
        if claimed is not None:
            uow.commit()
    return claimed


@needs(Role.ADMINISTRATOR)
def claim_next(app: Application, worker_id: WorkerId, *, queues: Collection[str]) -> Run | None:
    """Take the run that comes next, see `scheduling`; None if there is none, or the worker is drained."""
    while True:
        with app.unit_of_work() as uow:
            candidates = [] if uow.workers.draining(worker_id) else next_runs(uow, worker_id, queues)
        if not candidates:
            return None
        for run_id in candidates:
            claimed = claim(app, run_id, worker_id)
            if claimed is not None:
                return claimed


@needs(Role.ADMINISTRATOR)
def renew(app: Application, run_id: RunId, attempt: int) -> bool:
    """Extend the lease of a running run; return whether somebody asked for it to be cancelled.

    Raises:
        Conflict: this attempt does not hold the run any more; its process must be ended.
    """
    lease_until = app.clock.now() + timedelta(seconds=app.limits.lease_s)
    with app.unit_of_work(writing=True) as uow:
        cancel_requested = uow.runs.renew(run_id, attempt, lease_until)
        if cancel_requested is None:
            raise _not_held(uow, run_id, attempt)
        uow.commit()
    return cancel_requested


@needs(Role.ADMINISTRATOR)
def report_progress(  # noqa: PLR0913  (called in one place)
    app: Application,
    run_id: RunId,
    attempt: int,
    fraction: float,
    message: str = "",
    *,
    curve: Sequence[CurvePoint] = (),
) -> None:
    """Note how far (0..1) a run is; `Conflict` if this attempt does not hold it any more.

    curve: points of its training curve since the last report. The curves of all attempts are kept.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.runs.touch_project(run_id)
        if not uow.runs.report(run_id, attempt, min(1.0, max(0.0, fraction)), message[:500]):
            raise _not_held(uow, run_id, attempt)
        uow.curves.add(run_id, attempt, curve)
        uow.commit()


@needs(Role.ADMINISTRATOR)
def succeed(app: Application, run_id: RunId, attempt: int, results: Results) -> None:
    """Commit the results, the status and the waking of dependants in one transaction.

    Where the model was made again while it was measured, and came out differently, nothing is stored, and the
    run is queued once more.

    Raises:
        Conflict: this attempt does not hold the run any more; nothing is stored.
    """

    def status(uow: UnitOfWork) -> RunStatus:
        return RunStatus.QUEUED if _outdated(uow, run_id, results) else RunStatus.SUCCEEDED

    def follow(uow: UnitOfWork) -> None:
        if _outdated(uow, run_id, results):
            uow.runs.allow_more_attempts([run_id], 1)
            return
        run = uow.runs.get([run_id])[run_id]
        before = uow.models.get([run.model_id])[run.model_id].artifact
        record(uow, run, results, app.clock.now())
        if isinstance(results, ModelMade):
            refuse_unfit_steps(uow, app, run.model_id)
        if isinstance(results, Evaluated):
            give_up_below(uow, app, run)
        wake_dependants(uow, run_id, app.clock.now())
        if isinstance(results, ModelMade) and before not in {None, results.artifact}:
            uow.layer_pairs.forget(run.model_id)
            measure_again(uow, run.model_id, app.clock.now(), more_attempts=app.limits.max_attempts)

    _end(app, run_id, attempt, status, follow=follow)


def _outdated(uow: UnitOfWork, run_id: RunId, results: Results) -> bool:
    """Return whether other weights were measured than the model has now."""
    if isinstance(results, (ModelMade, InstancesKept)) or results.weights is None:
        return False
    run = uow.runs.get([run_id]).get(run_id)
    if run is None:
        return False
    measured = {run.model_id: results.weights}
    if isinstance(results, Paired | Drifted) and results.baseline_weights is not None:
        measured[results.baseline_id] = results.baseline_weights
    present = uow.models.artifacts(list(measured))
    return any(present.get(model_id) != weights for model_id, weights in measured.items())


@needs(Role.ADMINISTRATOR)
def fail(app: Application, run_id: RunId, attempt: int, error: RunError) -> None:
    """End the run with an error and skip what needs it; `Conflict` if this attempt does not hold it."""

    def follow(uow: UnitOfWork) -> None:
        uow.runs.set_error(run_id, error)
        skip_dependants(uow, run_id, app.clock.now())

    _end(app, run_id, attempt, RunStatus.FAILED, follow=follow)


@needs(Role.ADMINISTRATOR)
def mark_cancelled(app: Application, run_id: RunId, attempt: int) -> None:
    """End the run as cancelled and skip what needs it; `Conflict` if this attempt does not hold it."""

    def follow(uow: UnitOfWork) -> None:
        skip_dependants(uow, run_id, app.clock.now())

    _end(app, run_id, attempt, RunStatus.CANCELLED, follow=follow)


@needs(Role.ADMINISTRATOR)
def release(app: Application, run_id: RunId, attempt: int) -> None:
    """Give a running run back, since its worker shuts down; the try does not count.

    Raises:
        Conflict: this attempt does not hold the run any more.
    """

    def follow(uow: UnitOfWork) -> None:
        uow.runs.allow_more_attempts([run_id], 1)

    _end(app, run_id, attempt, RunStatus.QUEUED, follow=follow)


@needs(Role.ADMINISTRATOR)
def sweep(app: Application) -> SweepReport:
    """Take runs from workers that fell silent, and send what was not sent; any number may sweep at once."""
    with app.unit_of_work() as uow:
        expired = uow.runs.expired(app.clock.now())
    report = _take(app, expired)
    return SweepReport(report.requeued, report.lost, report.cancelled, dispatch_unsent(app).sent)


@needs(Role.ADMINISTRATOR)
def expire(app: Application, worker_id: WorkerId) -> SweepReport:
    """Take all runs from a worker that is known to be dead, without waiting for its leases."""
    with app.unit_of_work() as uow:
        held = uow.runs.held_by(worker_id)
    return _take(app, held)


def _take(app: Application, held: Collection[tuple[RunId, int]]) -> SweepReport:
    taken: dict[RunStatus, list[RunId]] = {}
    for run_id, attempt in held:
        try:
            taken.setdefault(drop(app, run_id, attempt), []).append(run_id)
        except Conflict:
            _logger.info("Run ended or was taken by another sweep", extra={"run": run_id})
    return SweepReport(
        requeued=tuple(taken.get(RunStatus.QUEUED, ())),
        lost=tuple(taken.get(RunStatus.LOST, ())),
        cancelled=tuple(taken.get(RunStatus.CANCELLED, ())),
    )


@needs(Role.ADMINISTRATOR)
def drop(app: Application, run_id: RunId, attempt: int, loss: RunError = WORKER_GONE) -> RunStatus:
    """Take a running run from a worker that lost it: back into the queue, or LOST after the last try.

    loss: how it was lost. Return its new status. Raises `Conflict` if this attempt does not hold the run.
    """
    with app.unit_of_work() as uow:
        run = uow.runs.get([run_id])[run_id]
    status, told = after_loss(run, loss)

    def follow(uow: UnitOfWork) -> None:
        if status is not RunStatus.CANCELLED:
            uow.runs.set_error(run_id, told)
        if status is not RunStatus.QUEUED:
            skip_dependants(uow, run_id, app.clock.now())

    _end(app, run_id, attempt, status, follow=follow)
    _logger.warning("Run taken from its worker", extra={"run": run_id, "status": status.value})
    return status


@needs(Role.ADMINISTRATOR)
def crash(app: Application, run_id: RunId, attempt: int, death: RunError) -> RunStatus:
    """Take a running run whose process died: back into the queue, or FAILED after the last try.

    A second death at the same step is no accident, so it ends the run at once. Return its new status.
    Raises `Conflict` if this attempt does not hold the run any more.
    """
    with app.unit_of_work() as uow:
        run = uow.runs.get([run_id])[run_id]
    status, told = after_death(run, death, lasted_s=run.elapsed_s(app.clock.now()))

    def follow(uow: UnitOfWork) -> None:
        uow.runs.set_error(run_id, told)
        if status is not RunStatus.QUEUED:
            skip_dependants(uow, run_id, app.clock.now())

    _end(app, run_id, attempt, status, follow=follow)
    _logger.warning(
        "Process of a run died", extra={"run": run_id, "status": status.value, "how": told.message}
    )
    return status


def _end(
    app: Application,
    run_id: RunId,
    attempt: int,
    wanted: RunStatus | Callable[[UnitOfWork], RunStatus],
    *,
    follow: Callable[[UnitOfWork], None],
) -> None:
    with app.unit_of_work(writing=True) as uow:
        uow.runs.touch_project(run_id)
        status = wanted if isinstance(wanted, RunStatus) else wanted(uow)
        if not uow.runs.end(run_id, attempt, status, app.clock.now()):
            raise _not_held(uow, run_id, attempt)
        uow.runs.announce_held_back(run_id)
        follow(uow)
        uow.commit()
    _logger.info("Run ended", extra={"run": run_id, "attempt": attempt, "status": status.value})


def _not_held(uow: UnitOfWork, run_id: RunId, attempt: int) -> Conflict | NotFound:
    run = uow.runs.get([run_id]).get(run_id)
    if run is None:
        return NotFound(f"There is no run with id {run_id}.", "It was deleted; drop its work.")
    message = f"Attempt {attempt} does not hold run {run_id}, which is {run.status} (attempt {run.attempt})."
    return Conflict(message, "Drop this attempt's work; nothing of it was stored.")
