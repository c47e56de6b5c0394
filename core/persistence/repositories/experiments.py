"""Experiments in the database."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ExperimentId, ProjectId
from core.domain.queue.experiment import Experiment
from core.domain.queue.experiment_progress import RunCounts
from core.domain.queue.run import MAKING, RunStatus
from core.persistence.mapping.mapping import experiment_of, experiment_row
from core.persistence.tables.tables import ExperimentRow, ModelRow, RunRow


class ExperimentRepository:
    """Reads and writes experiments; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, experiment: Experiment) -> Experiment:
        """Insert an experiment and return it with its id."""
        row = experiment_row(experiment)
        self._session.add(row)
        self._session.flush()
        return experiment_of(row)

    def get(self, experiment_id: ExperimentId) -> Experiment | None:
        """Return one experiment, also if it is deleted; None if there is none of that id."""
        row = self._session.get(ExperimentRow, experiment_id, populate_existing=True)
        return None if row is None else experiment_of(row)

    def list(
        self, project_id: ProjectId | None = None, *, most: int | None = None
    ) -> builtins.list[Experiment]:
        """Return experiments of a project, or all, newest first, without deleted ones."""
        query = sa.select(ExperimentRow).where(ExperimentRow.deleted_at.is_(None))
        query = query.order_by(ExperimentRow.id.desc()).limit(most)
        if project_id is not None:
            query = query.where(ExperimentRow.project_id == project_id)
        return [experiment_of(row) for row in self._session.scalars(query)]

    def tallies(self, experiment_ids: builtins.list[ExperimentId]) -> Mapping[ExperimentId, RunCounts]:
        """Return how many runs of which status each experiment has, and how many of its models are made."""
        making = RunRow.kind.in_(MAKING)
        query = (
            sa.select(RunRow.experiment_id, RunRow.status, making.label("making"), sa.func.count())
            .join(ModelRow, ModelRow.id == RunRow.model_id)
            .where(RunRow.experiment_id.in_(experiment_ids), ModelRow.deleted_at.is_(None))
            .group_by(RunRow.experiment_id, RunRow.status, making)
        )
        runs: dict[int, dict[RunStatus, int]] = defaultdict(lambda: defaultdict(int))
        models: dict[int, dict[bool, int]] = defaultdict(lambda: defaultdict(int))
        for experiment_id, status, makes, count in self._session.execute(query):
            if experiment_id is None:
                continue
            runs[experiment_id][status] += count
            if makes:
                models[experiment_id][status is RunStatus.SUCCEEDED] += count
        return {
            one: RunCounts(dict(runs[one]), models[one][True], models[one][True] + models[one][False])
            for one in experiment_ids
        }

    def edit(self, experiment_id: ExperimentId, **values: Any) -> None:
        """Replace the name or the note."""
        self._session.execute(
            sa.update(ExperimentRow).where(ExperimentRow.id == experiment_id).values(**values)
        )

    def hide(self, experiment_id: ExperimentId, at: datetime | None) -> None:
        """Hide an experiment, or show it again with None."""
        self.edit(experiment_id, deleted_at=at)
