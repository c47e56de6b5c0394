"""What pages show of instances, in the database; thumbnails are in the artifact store."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.data.instances import InstanceSet
from core.domain.ids import DatasetId, InstanceSetId
from core.domain.measurement.evaluation import Arrays
from core.persistence.arrays import packed, unpacked
from core.persistence.tables.instance_tables import InstanceArrayRow, InstanceSetRow


class InstanceRepository:
    """Reads and replaces instance sets; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, dataset_id: DatasetId, split: str, fingerprint: str) -> InstanceSet | None:
        """Return the instances of a state of a split, None if they are not kept."""
        query = sa.select(InstanceSetRow).where(
            InstanceSetRow.dataset_id == dataset_id,
            InstanceSetRow.split == split,
            InstanceSetRow.fingerprint == fingerprint,
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else _set_of(row)

    def get(self, set_id: InstanceSetId) -> InstanceSet | None:
        """Return the instance set of an id, None if there is none."""
        row = self._session.get(InstanceSetRow, set_id)
        return None if row is None else _set_of(row)

    def put(self, found: InstanceSet, arrays: Arrays) -> InstanceSet:
        """Insert an instance set with its arrays, in place of the one of the same data; return it."""
        present = self.of(found.dataset_id, found.split, found.fingerprint)
        if present is not None:
            self._session.execute(sa.delete(InstanceArrayRow).where(InstanceArrayRow.set_id == present.id))
            self._session.execute(sa.delete(InstanceSetRow).where(InstanceSetRow.id == present.id))
        row = InstanceSetRow(**{**vars(found), "id": None, "packs": list(found.packs)})
        self._session.add(row)
        self._session.flush()
        rows = [{"set_id": row.id} | packed(name, array) for name, array in arrays.items()]
        self._session.execute(sa.insert(InstanceArrayRow), rows)
        return _set_of(row)

    def arrays(self, set_id: InstanceSetId, names: Collection[str] | None = None) -> Arrays:
        """Return what is kept of every instance, all arrays or those named that exist."""
        query = sa.select(InstanceArrayRow).where(InstanceArrayRow.set_id == set_id)
        if names is not None:
            query = query.where(InstanceArrayRow.name.in_(names))
        return {row.name: unpacked(row) for row in self._session.scalars(query)}


def _set_of(row: InstanceSetRow) -> InstanceSet:
    return InstanceSet(
        id=InstanceSetId(row.id),
        dataset_id=DatasetId(row.dataset_id),
        split=row.split,
        fingerprint=row.fingerprint,
        instances=row.instances,
        pictures=row.pictures,
        packs=tuple(row.packs),
        created_at=row.created_at,
    )
