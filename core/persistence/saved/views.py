"""Saved views in the database."""

from __future__ import annotations

import builtins

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ProjectId, SavedViewId
from core.domain.saved.saved_view import SavedView
from core.persistence.mapping.mapping import saved_view_of, saved_view_row
from core.persistence.tables.tables import SavedViewRow


class SavedViewRepository:
    """Reads and writes saved views; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, project_id: ProjectId) -> builtins.list[SavedView]:
        """Return the project's saved views, by name."""
        query = sa.select(SavedViewRow).where(SavedViewRow.project_id == project_id)
        found = [saved_view_of(row) for row in self._session.scalars(query)]
        return sorted(found, key=lambda view: (view.name.casefold(), view.id))

    def get(self, view_id: SavedViewId) -> SavedView | None:
        """Return one saved view, None if there is none of that id."""
        query = sa.select(SavedViewRow).where(SavedViewRow.id == view_id)
        row = self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        return None if row is None else saved_view_of(row)

    def add(self, view: SavedView) -> SavedView:
        """Insert a saved view and return it with its id."""
        row = saved_view_row(view)
        self._session.add(row)
        self._session.flush()
        return saved_view_of(row)

    def delete(self, view_id: SavedViewId) -> None:
        """Remove it for good."""
        self._session.execute(
            sa.delete(SavedViewRow)
            .where(SavedViewRow.id == view_id)
            .execution_options(synchronize_session=False)
        )
