"""Saved groups of instances in the database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.data.instance_group import InstanceGroup
from core.domain.ids import DatasetId, InstanceGroupId
from core.persistence.tables.instance_tables import InstanceGroupRow


class InstanceGroupRepository:
    """Reads and writes saved groups; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, dataset_id: DatasetId, split: str, fingerprint: str) -> list[InstanceGroup]:
        """Return the groups of a state of a split, by name."""
        query = sa.select(InstanceGroupRow).where(
            InstanceGroupRow.dataset_id == dataset_id,
            InstanceGroupRow.split == split,
            InstanceGroupRow.fingerprint == fingerprint,
        )
        found = [_group_of(row) for row in self._session.scalars(query)]
        return sorted(found, key=lambda group: (group.name.casefold(), group.id))

    def get(self, group_id: InstanceGroupId) -> InstanceGroup | None:
        """Return one group, None if there is none of that id."""
        row = self._session.get(InstanceGroupRow, group_id)
        return None if row is None else _group_of(row)

    def add(self, group: InstanceGroup) -> InstanceGroup:
        """Insert a group and return it with its id."""
        row = InstanceGroupRow(**{**vars(group), "id": None, "positions": list(group.positions)})
        self._session.add(row)
        self._session.flush()
        return _group_of(row)

    def delete(self, group_id: InstanceGroupId) -> None:
        """Remove a group for good."""
        self._session.execute(sa.delete(InstanceGroupRow).where(InstanceGroupRow.id == group_id))


def _group_of(row: InstanceGroupRow) -> InstanceGroup:
    return InstanceGroup(
        id=InstanceGroupId(row.id),
        dataset_id=DatasetId(row.dataset_id),
        split=row.split,
        fingerprint=row.fingerprint,
        name=row.name,
        positions=tuple(row.positions),
        created_at=row.created_at,
        author=row.author,
    )
