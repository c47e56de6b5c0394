"""Training curves in the database: points are only ever added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import RunId
from core.domain.queue.training_curve import CurvePoint, TrainingCurve
from core.persistence.chunks import chunks
from core.persistence.tables.tables import CurvePointRow


class CurveRepository:
    """Reads and adds points of training curves."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, run_id: RunId, attempt: int, points: Sequence[CurvePoint]) -> None:
        """Append points to the curve of an attempt."""
        if not points:
            return
        last = self._session.scalar(
            sa.select(sa.func.max(CurvePointRow.number)).where(
                CurvePointRow.run_id == run_id, CurvePointRow.attempt == attempt
            )
        )
        rows = [
            {
                "run_id": run_id,
                "attempt": attempt,
                "number": number,
                "updates": point.update,
                "epoch": point.epoch,
                "figures": dict(point.values),
            }
            for number, point in enumerate(points, start=0 if last is None else last + 1)
        ]
        self._session.execute(sa.insert(CurvePointRow), rows)

    def exists(self, run_id: RunId, attempt: int) -> bool:
        """Return whether an attempt of a run trained anything."""
        query = sa.select(CurvePointRow.number).where(
            CurvePointRow.run_id == run_id, CurvePointRow.attempt == attempt
        )
        return self._session.scalars(query.limit(1)).first() is not None

    def of_runs(self, run_ids: Collection[RunId]) -> list[TrainingCurve]:
        """Return the curves of these runs, one per attempt that trained, in order of run and attempt."""
        points: dict[tuple[int, int], list[CurvePoint]] = defaultdict(list)
        order = (CurvePointRow.run_id, CurvePointRow.attempt, CurvePointRow.number)
        for part in chunks(run_ids):
            query = sa.select(CurvePointRow).where(CurvePointRow.run_id.in_(part)).order_by(*order)
            for row in self._session.scalars(query):
                found = CurvePoint(row.updates, row.epoch, row.figures)
                points[row.run_id, row.attempt].append(found)
        return [
            TrainingCurve(RunId(run_id), attempt, tuple(found))
            for (run_id, attempt), found in sorted(points.items())
        ]
