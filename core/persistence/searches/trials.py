"""Trials of searches in the database."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.search.trials import Trial
from core.persistence.tables.search_tables import TrialRow
from core.persistence.tables.tables import ExperimentRow


class TrialRepository:
    """Reads and writes trials and says which searches go on; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def searching(self, project_id: ProjectId | None = None) -> builtins.list[ExperimentId]:
        """Return the experiments whose search goes on, of a project or of all."""
        query = sa.select(ExperimentRow.id).where(ExperimentRow.searching, ExperimentRow.deleted_at.is_(None))
        if project_id is not None:
            query = query.where(ExperimentRow.project_id == project_id)
        return [ExperimentId(one) for one in self._session.scalars(query.order_by(ExperimentRow.id))]

    def of(self, experiment_ids: Collection[ExperimentId]) -> Mapping[ExperimentId, builtins.list[Trial]]:
        """Return the trials of each of these experiments, in the order in which they were proposed."""
        wanted = [int(one) for one in experiment_ids]
        query = sa.select(TrialRow).where(TrialRow.experiment_id.in_(wanted)).order_by(TrialRow.number)
        found: dict[ExperimentId, builtins.list[Trial]] = defaultdict(builtins.list)
        for row in self._session.scalars(query.execution_options(populate_existing=True)):
            found[ExperimentId(row.experiment_id)].append(_trial_of(row))
        return found

    def of_models(self, model_ids: Collection[ModelId]) -> builtins.list[Trial]:
        """Return the trials that judge one of these models."""
        wanted = [int(one) for one in model_ids]
        query = sa.select(TrialRow).where(TrialRow.model_id.in_(wanted))
        ordered = query.order_by(TrialRow.experiment_id, TrialRow.number)
        return [_trial_of(row) for row in self._session.scalars(ordered)]

    def of_project(self, project_id: ProjectId) -> builtins.list[Trial]:
        """Return every trial of a project."""
        own = sa.select(ExperimentRow.id).where(ExperimentRow.project_id == project_id)
        query = sa.select(TrialRow).where(TrialRow.experiment_id.in_(own))
        ordered = query.order_by(TrialRow.experiment_id, TrialRow.number)
        return [_trial_of(row) for row in self._session.scalars(ordered)]

    def put(self, trial: Trial) -> None:
        """Insert a trial, or replace the one of its number."""
        self._session.merge(
            TrialRow(
                experiment_id=int(trial.experiment_id),
                number=trial.number,
                model_id=int(trial.model_id),
                model_ids=[int(one) for one in trial.model_ids],
                picks=dict(trial.picks),
                state=trial.state,
                values=dict(trial.values),
                reason=trial.reason,
                told=trial.told,
                proposed_at=trial.proposed_at,
                ended_at=trial.ended_at,
            )
        )
        self._session.flush()


def _trial_of(row: TrialRow) -> Trial:
    return Trial(
        experiment_id=ExperimentId(row.experiment_id),
        number=row.number,
        picks=row.picks,
        model_ids=tuple(ModelId(one) for one in row.model_ids),
        reason=row.reason,
        proposed_at=row.proposed_at,
        state=row.state,
        values=row.values,
        told=row.told,
        ended_at=row.ended_at,
    )
