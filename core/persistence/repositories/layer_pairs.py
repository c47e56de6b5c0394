"""Layer statistics of pairs of models, in the database."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.persistence.arrays import packed, unpacked
from core.persistence.tables.layer_tables import LayerPairArrayRow

_DRIFT = "drift."
"""Before the key of a group of instances, in the place of a kind."""


class LayerPairRepository:
    """Reads and writes what the layers of one model are against those of another."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, model_id: ModelId, baseline_id: ModelId, *, kind: LayerKind, arrays: Arrays) -> None:
        """Store the arrays of a pair in place of what there was."""
        self._put(model_id, baseline_id, kind.value, arrays)

    def put_drift(self, model_id: ModelId, baseline_id: ModelId, key: str, arrays: Arrays) -> None:
        """Store how layers drift for a group of instances, which `key` stands for."""
        self._put(model_id, baseline_id, _DRIFT + key, arrays)

    def drift(self, model_id: ModelId, baseline_id: ModelId, key: str) -> Arrays:
        """Return what `put_drift` stored; empty if there is nothing."""
        return self._arrays(model_id, baseline_id, _DRIFT + key)

    def _put(self, model_id: ModelId, baseline_id: ModelId, kind: str, arrays: Arrays) -> None:
        row = LayerPairArrayRow
        self._session.execute(
            sa.delete(row).where(row.model_id == model_id, row.baseline_id == baseline_id, row.kind == kind)
        )
        owner = {"model_id": model_id, "baseline_id": baseline_id, "kind": kind}
        rows = [owner | packed(name, array) for name, array in arrays.items()]
        if rows:
            self._session.execute(sa.insert(row), rows)

    def arrays(
        self,
        model_id: ModelId,
        baseline_id: ModelId,
        *,
        kind: LayerKind,
        names: Collection[str] | None = None,
    ) -> Arrays:
        """Return the arrays of a pair, all or those named; empty if it was not compared."""
        return self._arrays(model_id, baseline_id, kind.value, names)

    def _arrays(
        self, model_id: ModelId, baseline_id: ModelId, kind: str, names: Collection[str] | None = None
    ) -> Arrays:
        row = LayerPairArrayRow
        query = sa.select(row).where(
            row.model_id == model_id, row.baseline_id == baseline_id, row.kind == kind
        )
        if names is not None:
            query = query.where(row.name.in_(names))
        return {found.name: unpacked(found) for found in self._session.scalars(query)}

    def kinds(self, model_id: ModelId, baseline_id: ModelId) -> set[LayerKind]:
        """Return the kinds of statistics that are stored of a pair, without those that have a `problem`."""
        row = LayerPairArrayRow
        query = sa.select(row.kind).where(
            row.model_id == model_id, row.baseline_id == baseline_id, row.name != "problem"
        )
        found = set(self._session.scalars(query.distinct()))
        return {kind for kind in LayerKind if kind.value in found}

    def forget(self, model_id: ModelId) -> None:
        """Delete all pairs that a model is part of."""
        row = LayerPairArrayRow
        self._session.execute(
            sa.delete(row).where(sa.or_(row.model_id == model_id, row.baseline_id == model_id))
        )
