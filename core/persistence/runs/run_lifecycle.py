"""How runs change in the database; every move between statuses follows the one table of moves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ExperimentId, ProjectId, RunId
from core.domain.queue.run import TRANSITIONS, Run, RunError, RunStatus, require_move
from core.domain.queue.usage import RunUsage
from core.persistence.chunks import chunks
from core.persistence.mapping.mapping import run_of
from core.persistence.repositories.revisions import Revisions, present_revision
from core.persistence.tables.tables import ModelRow, ProjectRow, RunRow

_UNSTARTED: dict[str, Any] = {
    "progress": 0.0,
    "progress_message": "",
    "worker_id": None,
    "error": None,
    "dispatched_at": None,
    "started_at": None,
    "finished_at": None,
    "lease_until": None,
    "cancel_requested_at": None,
    "usage": None,
}


class RunMoves:
    """Changes runs, and stamps them and their models with the project's revision."""

    def __init__(self, session: Session, revisions: Revisions) -> None:
        self._session = session
        self._revisions = revisions

    def touch_project(self, run_id: RunId) -> ProjectId | None:
        """Lock the run's project for this transaction's revision and return it; None without such a run."""
        project_id = self._session.scalar(sa.select(RunRow.project_id).where(RunRow.id == run_id))
        if project_id is None:
            return None
        self._revisions.touch(ProjectId(project_id))
        return ProjectId(project_id)

    def claim(self, run_id: RunId, worker_id: str, *, now: datetime, lease_until: datetime) -> Run | None:
        """Make a queued run this worker's; None if it is not queued."""
        values = _UNSTARTED | {
            "status": RunStatus.RUNNING,
            "attempt": RunRow.attempt + 1,
            "worker_id": worker_id,
            "started_at": now,
            "lease_until": lease_until,
        }
        del values["dispatched_at"], values["error"]  # how it died last, if it did
        row = self._session.scalar(
            self._updating(RunRow.id == run_id, RunRow.status == RunStatus.QUEUED, values=values)
            .returning(RunRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        self._stamp_models([run_id])
        return run_of(row)

    def renew(self, run_id: RunId, attempt: int, lease_until: datetime) -> bool | None:
        """Extend a lease; return whether cancelling was asked for, None if the attempt does not hold it."""
        statement = (
            sa.update(RunRow)
            .where(RunRow.id == run_id, RunRow.attempt == attempt, RunRow.status == RunStatus.RUNNING)
            .values(lease_until=lease_until)
            .returning(RunRow.id, RunRow.cancel_requested_at)
            .execution_options(synchronize_session=False)
        )
        found = self._session.execute(statement).one_or_none()
        return None if found is None else found.cancel_requested_at is not None

    def report(self, run_id: RunId, attempt: int, fraction: float, message: str) -> bool:
        """Note progress; return False if this attempt does not hold the run."""
        return self._of_attempt(run_id, attempt, {"progress": fraction, "progress_message": message})

    def end(self, run_id: RunId, attempt: int, status: RunStatus, now: datetime) -> bool:
        """Move a running run on; return False if this attempt does not hold it."""
        require_move(run_id, RunStatus.RUNNING, status)
        values: dict[str, Any] = {"status": status, "finished_at": now, "lease_until": None}
        if status is RunStatus.SUCCEEDED:
            values |= {"progress": 1.0, "error": None}
        if status is RunStatus.QUEUED:
            values = _UNSTARTED | {"status": status, "queued_at": now}
        return self._of_attempt(run_id, attempt, values)

    def set_error(self, run_id: RunId, error: RunError) -> None:
        """Note why a run ended."""
        self._update([run_id], error=error)

    def set_errors(self, run_ids: Collection[RunId], error: RunError) -> None:
        """Note the same reason for several runs."""
        self._update(run_ids, error=error)

    def set_usage(self, run_id: RunId, attempt: int, usage: RunUsage) -> None:
        """Note what an attempt used; nothing happens where another one has taken over."""
        project_id = self.touch_project(run_id)
        if project_id is not None:
            self._session.execute(
                self._updating(RunRow.id == run_id, RunRow.attempt == attempt, values={"usage": usage})
            )

    def request_cancel(self, run_ids: Collection[RunId], now: datetime) -> None:
        """Ask for running runs to be cancelled."""
        self._update(run_ids, cancel_requested_at=now)

    def move(self, run_ids: Collection[RunId], status: RunStatus, now: datetime) -> None:
        """Move runs that are not running to QUEUED, CANCELLED or SKIPPED, waiting ones also to FAILED.

        Raises:
            IllegalTransition: one of them cannot become that.
        """
        times = {"queued_at": now} if status is RunStatus.QUEUED else {"finished_at": now}
        self._move(run_ids, status, {"dispatched_at": None, **times})

    def bring_back(
        self, run_ids: Collection[RunId], status: RunStatus, now: datetime, *, more_attempts: int
    ) -> None:
        """Move ended runs to QUEUED or WAITING as if they had not started, with new tries."""
        queued_at = now if status is RunStatus.QUEUED else None
        tries = {"max_attempts": RunRow.attempt + more_attempts, "queued_at": queued_at}
        self._move(run_ids, status, _UNSTARTED | tries)

    def allow_more_attempts(self, run_ids: Collection[RunId], more: int) -> None:
        """Raise the number of tries."""
        self._update(run_ids, max_attempts=RunRow.max_attempts + more)

    def mark_dispatched(self, run_ids: Collection[RunId], at: datetime) -> None:
        """Note that workers were told; nobody's page changes by it."""
        for part in chunks(run_ids):
            self._session.execute(
                sa.update(RunRow)
                .where(RunRow.id.in_(part), RunRow.status == RunStatus.QUEUED)
                .values(dispatched_at=at)
                .execution_options(synchronize_session=False)
            )

    def announce_again(self, *where: sa.ColumnElement[bool]) -> None:
        """Have the queued runs that meet the conditions announced once more."""
        self._session.execute(
            sa.update(RunRow)
            .where(RunRow.status == RunStatus.QUEUED, *where)
            .values(dispatched_at=None)
            .execution_options(synchronize_session=False)
        )

    def announce_experiment(self, experiment_id: ExperimentId) -> None:
        """Have the queued runs of an experiment announced once more, since it was paused."""
        self.announce_again(RunRow.experiment_id == experiment_id)

    def announce_project(self, project_id: ProjectId) -> None:
        """Have the queued runs of a project announced once more, since its limit was changed."""
        self.announce_again(RunRow.project_id == project_id)

    def announce_held_back(self, ended: RunId) -> None:
        """Have one run per queue announced that the limit of the ended run's project may have held back."""
        limited = (
            sa.select(ProjectRow.id)
            .join(RunRow, RunRow.project_id == ProjectRow.id)
            .where(RunRow.id == ended, ProjectRow.most_running.is_not(None))
        )
        project_id = self._session.scalar(limited)
        if project_id is not None:
            first = (
                sa.select(sa.func.min(RunRow.id))
                .where(RunRow.status == RunStatus.QUEUED, RunRow.project_id == project_id)
                .group_by(RunRow.queue)
            )
            self.announce_again(RunRow.id.in_(self._session.scalars(first).all()))

    def _move(self, run_ids: Collection[RunId], status: RunStatus, values: dict[str, Any]) -> None:
        sources = [source for source, targets in TRANSITIONS.items() if status in targets]
        for part in chunks(run_ids):
            moved = self._session.scalars(
                self._updating(
                    RunRow.id.in_(part), RunRow.status.in_(sources), values={"status": status, **values}
                ).returning(RunRow.id)
            ).all()
            for run_id in set(part) - {RunId(run_id) for run_id in moved}:
                present = self._session.scalars(sa.select(RunRow.status).where(RunRow.id == run_id)).one()
                require_move(run_id, present, status)
        self._stamp_models(run_ids)

    def _of_attempt(self, run_id: RunId, attempt: int, values: dict[str, Any]) -> bool:
        held = (RunRow.id == run_id, RunRow.attempt == attempt, RunRow.status == RunStatus.RUNNING)
        changed = self._session.scalar(self._updating(*held, values=values).returning(RunRow.id)) is not None
        if changed:
            self._stamp_models([run_id])
        return changed

    def _update(self, run_ids: Collection[RunId], **values: Any) -> None:
        for part in chunks(run_ids):
            self._session.execute(self._updating(RunRow.id.in_(part), values=values))
        self._stamp_models(run_ids)

    def _updating(self, *where: sa.ColumnElement[bool], values: dict[str, Any]) -> Any:
        stamped = {"revision": present_revision(RunRow.project_id), **values}
        return sa.update(RunRow).where(*where).values(**stamped).execution_options(synchronize_session=False)

    def _stamp_models(self, run_ids: Collection[RunId]) -> None:
        for part in chunks(run_ids):
            self._session.execute(
                sa.update(ModelRow)
                .where(ModelRow.id.in_(sa.select(RunRow.model_id).where(RunRow.id.in_(part))))
                .values(revision=present_revision(ModelRow.project_id))
                .execution_options(synchronize_session=False)
            )
