"""Experiments in the database."""

from __future__ import annotations

import builtins

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.experiment import Experiment
from core.domain.ids import ProjectId
from core.persistence.mapping import experiment_of, experiment_row
from core.persistence.tables import ExperimentRow


class ExperimentRepository:
    """Reads and adds experiments."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, experiment: Experiment) -> Experiment:
        """Insert an experiment and return it with its id."""
        row = experiment_row(experiment)
        self._session.add(row)
        self._session.flush()
        return experiment_of(row)

    def list(self, project_id: ProjectId | None = None) -> builtins.list[Experiment]:
        """Return experiments of a project, or all, newest first."""
        query = sa.select(ExperimentRow).order_by(ExperimentRow.id.desc())
        if project_id is not None:
            query = query.where(ExperimentRow.project_id == project_id)
        return [experiment_of(row) for row in self._session.scalars(query)]
