"""Runs in the database: reading, and writing for people; the life of a run is in `run_lifecycle`."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from core.domain.ids import ExperimentId, ModelId, ProjectId, RunId
from core.domain.queue.durations import ActiveRun, DurationKey
from core.domain.queue.run import ACTIVE, Run, RunKind, RunStatus
from core.domain.queue.run_graph import RunGraph
from core.domain.queue.run_query import RunQuery
from core.persistence.chunks import chunks, possible
from core.persistence.mapping.mapping import run_columns, run_of
from core.persistence.runs.run_durations import active_durations, ended_durations
from core.persistence.runs.run_graphs import (
    graph_of,
    with_dependants,
    with_dependants_and_needs,
    with_unsuccessful_needs,
)
from core.persistence.runs.run_lifecycle import RunMoves
from core.persistence.tables.tables import ExperimentRow, ModelRow, NeedRow, ProjectRow, RunRow

_ENDED_LAST = sa.case(
    (RunRow.status == RunStatus.RUNNING, 0),
    (RunRow.status == RunStatus.QUEUED, 1),
    (RunRow.status == RunStatus.WAITING, 2),
    else_=3,
)


def _listing(wanted: RunQuery) -> sa.Select[RunRow, str, str]:
    """Return the query of runs that meet the conditions, without order and limit."""
    query = (
        sa.select(RunRow, ModelRow.name, ProjectRow.slug)
        .join(ModelRow, ModelRow.id == RunRow.model_id)
        .join(ProjectRow, ProjectRow.id == RunRow.project_id)
        .execution_options(populate_existing=True)
    )
    if wanted.project_id is not None:
        query = query.where(RunRow.project_id == wanted.project_id)
    if wanted.experiment_id is not None:
        query = query.where(RunRow.experiment_id == wanted.experiment_id)
    if wanted.since_revision:
        query = query.where(RunRow.revision > wanted.since_revision)
    for column, values in (
        (RunRow.status, wanted.statuses),
        (RunRow.kind, wanted.kinds),
        (RunRow.model_id, wanted.model_ids),
        (RunRow.id, wanted.run_ids),
    ):
        if values is not None:
            query = query.where(column.in_(values))
    return query


class RunRepository(RunMoves):
    """Reads and writes runs; those who write touch the project first."""

    def get(self, run_ids: Collection[RunId]) -> dict[RunId, Run]:
        """Return the runs of these ids that exist."""
        found = [run for part in chunks(possible(run_ids)) for run in self._found(RunRow.id.in_(part))]
        return {run.id: run for run in found}

    def of_models(self, model_ids: Collection[ModelId]) -> builtins.list[Run]:
        """Return all runs of these models, in order of id."""
        found = [
            run for part in chunks(possible(model_ids)) for run in self._found(RunRow.model_id.in_(part))
        ]
        return sorted(found, key=lambda run: run.id)

    def of_experiment(self, experiment_id: ExperimentId) -> builtins.list[RunId]:
        """Return the ids of the runs that an experiment asked for, in order."""
        query = sa.select(RunRow.id).where(RunRow.experiment_id == experiment_id).order_by(RunRow.id)
        return [RunId(run_id) for run_id in self._session.scalars(query)]

    def changed_since(self, project_id: ProjectId, revision: int) -> builtins.list[Run]:
        """Return the runs of a project that changed after a revision, in order of id."""
        found = self._found(sa.and_(RunRow.project_id == project_id, RunRow.revision > revision))
        return sorted(found, key=lambda run: run.id)

    def list(self, wanted: RunQuery) -> builtins.list[tuple[Run, str, str]]:
        """Return runs with the model's name and the project's short name; active ones first."""
        active = _listing(wanted).where(RunRow.status.in_(ACTIVE))
        ended = _listing(wanted).where(RunRow.status.not_in(ACTIVE))
        first = active.order_by(_ENDED_LAST, RunRow.priority.desc(), RunRow.id)
        rows = [*self._session.execute(first.limit(wanted.limit))]
        if len(rows) < wanted.limit:
            rest = ended.order_by(RunRow.finished_at.desc(), RunRow.priority.desc(), RunRow.id)
            rows += self._session.execute(rest.limit(wanted.limit - len(rows)))
        needed = self._waits_for([row.RunRow for row in rows])
        return [(run_of(row.RunRow, needed[row.RunRow.id]), row.name, row.slug) for row in rows]

    def matching(self, wanted: RunQuery) -> builtins.list[RunId]:
        """Return the ids of all runs that meet the conditions, whatever their limit, in order."""
        found = _listing(wanted).with_only_columns(RunRow.id).order_by(RunRow.id)
        return [RunId(run_id) for run_id in self._session.scalars(found)]

    def counts(self, project_id: ProjectId | None) -> dict[RunStatus, dict[RunKind, int]]:
        """Return how many runs there are of each status and kind."""
        query = sa.select(RunRow.status, RunRow.kind, sa.func.count()).group_by(RunRow.status, RunRow.kind)
        if project_id is not None:
            query = query.where(RunRow.project_id == project_id)
        counted: dict[RunStatus, dict[RunKind, int]] = defaultdict(dict)
        for status, kind, count in self._session.execute(query):
            counted[status][kind] = count
        return counted

    def unfinished_models(self, project_id: ProjectId | None) -> int:
        """Return how many models have runs that have not ended."""
        query = sa.select(sa.func.count(sa.distinct(RunRow.model_id))).where(RunRow.status.in_(ACTIVE))
        if project_id is not None:
            query = query.where(RunRow.project_id == project_id)
        return self._session.scalar(query) or 0

    def ended_durations(self, project_id: ProjectId | None) -> builtins.list[tuple[DurationKey, float]]:
        """Return what recent successful runs were about, with the seconds that they took."""
        return ended_durations(self._session, project_id)

    def active_durations(
        self, project_id: ProjectId | None, *, now: datetime, experiment_id: ExperimentId | None = None
    ) -> builtins.list[ActiveRun]:
        """Return what the runs that have not ended are about; of very many, the first ones."""
        return active_durations(self._session, project_id, now=now, experiment_id=experiment_id)

    def add(self, runs: Sequence[Run]) -> builtins.list[RunId]:
        """Insert new runs of one project with what they wait for; return their ids in order."""
        if not runs:
            return []
        revision = self._revisions.touch(runs[0].project_id)
        statement = sa.insert(RunRow).returning(RunRow.id, sort_by_parameter_order=True)
        rows = [run_columns(run, revision) for run in runs]
        ids = [RunId(run_id) for run_id in self._session.scalars(statement, rows)]
        needs = [
            {"run_id": run_id, "needed_id": needed}
            for run_id, run in zip(ids, runs, strict=True)
            for needed in run.waits_for
        ]
        if needs:
            self._session.execute(sa.insert(NeedRow), needs)
        self._stamp_models(ids)
        return ids

    def add_needs(self, needs: Collection[tuple[RunId, RunId]]) -> None:
        """Have runs wait for others that they did not need so far: pairs of a run and what it needs."""
        for run_id, needed_id in needs:
            pair = {"run_id": run_id, "needed_id": needed_id}
            if self._session.get(NeedRow, pair) is None:
                self._session.execute(sa.insert(NeedRow), [pair])

    def set_priority(self, run_ids: Collection[RunId], priority: int) -> None:
        """Give runs another priority."""
        self._update(run_ids, priority=priority)

    def count_as_changed(self, run_ids: Collection[RunId]) -> None:
        """Have whoever follows runs look at these again, since what they belong to changed."""
        self._update(run_ids, priority=RunRow.priority)

    def unsent(
        self, *, sent_before: datetime, queues: Collection[str] | None = None, most: int = 1000
    ) -> builtins.list[tuple[RunId, str]]:
        """Return queued runs, with their queue, that were never announced or were before that instant.

        Runs of paused experiments are left out.
        """
        paused = sa.select(ExperimentRow.id).where(ExperimentRow.paused_at.is_not(None))
        query = (
            sa.select(RunRow.id, RunRow.queue)
            .where(
                RunRow.status == RunStatus.QUEUED,
                sa.or_(RunRow.dispatched_at.is_(None), RunRow.dispatched_at < sent_before),
                sa.or_(RunRow.experiment_id.is_(None), RunRow.experiment_id.not_in(paused)),
            )
            .order_by(RunRow.priority.desc(), RunRow.id)
            .limit(most)
        )
        if queues is not None:
            query = query.where(RunRow.queue.in_(queues))
        return [(RunId(run_id), queue) for run_id, queue in self._session.execute(query)]

    def graph_below(self, run_ids: Collection[RunId]) -> RunGraph:
        """Return these runs and all that need them, directly or not."""
        return graph_of(self._session, with_dependants(self._session, run_ids, RunStatus.WAITING))

    def graph_around(self, run_ids: Collection[RunId]) -> RunGraph:
        """Return these runs, those that need them directly, and what those need."""
        return graph_of(self._session, with_dependants_and_needs(self._session, run_ids))

    def graph_connected(self, run_ids: Collection[RunId]) -> RunGraph:
        """Return what bringing these runs back concerns: unsuccessful needs, skipped dependants."""
        above = with_unsuccessful_needs(self._session, run_ids)
        below = with_dependants(self._session, above, RunStatus.SKIPPED)
        return graph_of(self._session, below)

    def expired(self, now: datetime) -> builtins.list[tuple[RunId, int]]:
        """Return running runs, with their attempt, whose lease is over."""
        return self._held(RunRow.lease_until < now)

    def held_by(self, worker_id: str) -> builtins.list[tuple[RunId, int]]:
        """Return running runs, with their attempt, of one worker."""
        return self._held(RunRow.worker_id == worker_id)

    def _held(self, where: sa.ColumnElement[bool]) -> builtins.list[tuple[RunId, int]]:
        query = sa.select(RunRow.id, RunRow.attempt).where(RunRow.status == RunStatus.RUNNING, where)
        return [(RunId(run_id), attempt) for run_id, attempt in self._session.execute(query)]

    def _found(self, where: sa.ColumnElement[bool]) -> builtins.list[Run]:
        query = sa.select(RunRow).where(where).order_by(RunRow.id)
        rows = self._session.scalars(query.execution_options(populate_existing=True)).all()
        needed = self._waits_for(rows)
        return [run_of(row, needed[row.id]) for row in rows]

    def _waits_for(self, rows: Sequence[RunRow]) -> dict[int, builtins.list[int]]:
        found: dict[int, builtins.list[int]] = defaultdict(builtins.list)
        waiting = [row.id for row in rows if row.status is RunStatus.WAITING]
        for part in chunks(waiting):
            query = (
                sa.select(NeedRow.run_id, NeedRow.needed_id)
                .join(RunRow, RunRow.id == NeedRow.needed_id)
                .where(NeedRow.run_id.in_(part), RunRow.status != RunStatus.SUCCEEDED)
                .order_by(NeedRow.needed_id)
            )
            for run_id, needed_id in self._session.execute(query):
                found[run_id].append(needed_id)
        return found
