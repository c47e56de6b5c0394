"""Sensitivity runs' results, in the database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ModelId, SensitivityId
from core.domain.measurement.evaluation import Arrays, Sensitivity
from core.persistence.arrays import packed, unpacked
from core.persistence.mapping.measured import sensitivity_of, sensitivity_row
from core.persistence.tables.tables import SensitivityArrayRow, SensitivityRow


class SensitivityRepository:
    """Reads and adds what a step does to one layer at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, found: Sensitivity, arrays: Arrays) -> Sensitivity:
        """Insert the result of a run with its arrays; return it with its id."""
        row = sensitivity_row(found)
        self._session.add(row)
        self._session.flush()
        rows = [{"sensitivity_id": row.id} | packed(name, array) for name, array in arrays.items()]
        if rows:
            self._session.execute(sa.insert(SensitivityArrayRow), rows)
        return sensitivity_of(row)

    def of_model(self, model_id: ModelId) -> list[Sensitivity]:
        """Return a model's sensitivities, newest first."""
        query = sa.select(SensitivityRow).where(SensitivityRow.model_id == model_id)
        rows = self._session.scalars(query.order_by(SensitivityRow.id.desc()))
        return [sensitivity_of(row) for row in rows]

    def arrays(self, sensitivity_id: SensitivityId) -> Arrays:
        """Return the arrays of one, empty if there is no such sensitivity."""
        query = sa.select(SensitivityArrayRow).where(SensitivityArrayRow.sensitivity_id == sensitivity_id)
        return {row.name: unpacked(row) for row in self._session.scalars(query)}
