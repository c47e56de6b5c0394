"""Read what decides whose run is next: queued runs by owner, running ones, limits, pauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ExperimentId, ProjectId, RunId
from core.domain.queue.fair_share import Owner, Share
from core.domain.queue.run import RunStatus
from core.persistence.tables.tables import ExperimentRow, NeedRow, ProjectRow, RunRow

_QUEUED = sa.bindparam("queued", RunStatus.QUEUED, type_=RunRow.status.type, literal_execute=True)
"""Written into the statement: a partial index is not used for a value that comes as a parameter."""


class RunShares:
    """Reads the queue by owner; see `core.domain.queue.fair_share`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def queued(self, queues: Collection[str]) -> list[Share]:
        """Return who has queued runs in these queues; those of paused experiments are left out."""
        paused = self.paused()
        query = (
            sa.select(
                RunRow.project_id,
                RunRow.author,
                RunRow.experiment_id,
                sa.func.max(RunRow.priority),
                sa.func.min(RunRow.id),
            )
            .where(RunRow.status == _QUEUED, RunRow.queue.in_(queues))
            .group_by(RunRow.project_id, RunRow.author, RunRow.experiment_id)
        )
        return [
            Share(ProjectId(project), (author, _experiment(number)), priority, RunId(oldest))
            for project, author, number, priority, oldest in self._session.execute(query)
            if number not in paused
        ]

    def running(self) -> Counter[tuple[ProjectId, Owner]]:
        """Return how many runs of each owner are carried out in each project."""
        query = (
            sa.select(RunRow.project_id, RunRow.author, RunRow.experiment_id, sa.func.count())
            .where(RunRow.status == RunStatus.RUNNING)
            .group_by(RunRow.project_id, RunRow.author, RunRow.experiment_id)
        )
        return Counter(
            {
                (ProjectId(project), (author, _experiment(number))): count
                for project, author, number, count in self._session.execute(query)
            }
        )

    def paused(self) -> set[ExperimentId]:
        """Return the experiments that are paused."""
        query = sa.select(ExperimentRow.id).where(ExperimentRow.paused_at.is_not(None))
        return {ExperimentId(number) for number in self._session.scalars(query)}

    def limits(self) -> dict[ProjectId, int]:
        """Return how many runs may be carried out at once, of the projects that have a limit."""
        query = sa.select(ProjectRow.id, ProjectRow.most_running).where(ProjectRow.most_running.is_not(None))
        return {
            ProjectId(project): most for project, most in self._session.execute(query) if most is not None
        }

    def full(self, project_id: ProjectId) -> bool:
        """Return whether as many runs of the project are carried out as its limit allows."""
        most = self._session.scalar(sa.select(ProjectRow.most_running).where(ProjectRow.id == project_id))
        if most is None:
            return False
        query = sa.select(sa.func.count()).where(
            RunRow.status == RunStatus.RUNNING, RunRow.project_id == project_id
        )
        return (self._session.scalar(query) or 0) >= most

    def author_last_started(self, author: str) -> datetime | None:
        """Return when the last run of a person started."""
        return self._last_started(RunRow.author == author)

    def experiment_last_started(self, author: str, experiment_id: ExperimentId | None) -> datetime | None:
        """Return when the last run of an experiment started; with None, that of no experiment."""
        if experiment_id is None:
            return self._last_started(RunRow.author == author, RunRow.experiment_id.is_(None))
        return self._last_started(RunRow.experiment_id == experiment_id)

    def candidates(
        self, share: Share, queues: Collection[str], *, worker: str, most: int = 16
    ) -> list[RunId]:
        """Return the runs of a share that come next, of these those first whose parent the worker made.

        Its checkpoint is on that machine already.
        """
        author, experiment_id = share.owner
        query = (
            sa.select(RunRow.id)
            .where(
                RunRow.status == RunStatus.QUEUED,
                RunRow.queue.in_(queues),
                RunRow.priority == share.priority,
                RunRow.project_id == share.project_id,
                RunRow.author == author,
                RunRow.experiment_id.is_not_distinct_from(experiment_id),
            )
            .order_by(RunRow.id)
            .limit(most)
        )
        found = [RunId(run_id) for run_id in self._session.scalars(query)]
        near = self._near(found, worker)
        return [*(one for one in found if one in near), *(one for one in found if one not in near)]

    def _near(self, run_ids: Collection[RunId], worker: str) -> set[RunId]:
        """Return the runs that need one which this worker carried out, where another worker could have."""
        others = sa.select(RunRow.id).where(RunRow.status == RunStatus.RUNNING, RunRow.worker_id != worker)
        if self._session.scalar(others.limit(1)) is None:
            return set()
        query = (
            sa.select(NeedRow.run_id)
            .join(RunRow, RunRow.id == NeedRow.needed_id)
            .where(NeedRow.run_id.in_(run_ids), RunRow.worker_id == worker)
        )
        return {RunId(run_id) for run_id in self._session.scalars(query)}

    def _last_started(self, *where: sa.ColumnElement[bool]) -> datetime | None:
        return self._session.scalar(sa.select(sa.func.max(RunRow.started_at)).where(*where))


def _experiment(number: int | None) -> ExperimentId | None:
    return None if number is None else ExperimentId(number)
