"""Saved recipes in the database."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ProjectId, SavedRecipeId
from core.domain.saved.saved_recipe import RecipeVersion, SavedRecipe
from core.persistence.tables.recipe_tables import SavedRecipeRow


class SavedRecipeRepository:
    """Reads and writes saved recipes; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, project_id: ProjectId) -> builtins.list[RecipeVersion]:
        """Return every version in the project that is not deleted, by name, the newest of a name first."""
        columns = (getattr(SavedRecipeRow, one.name) for one in fields(RecipeVersion))
        query = sa.select(*columns).where(
            SavedRecipeRow.project_id == project_id, SavedRecipeRow.deleted_at.is_(None)
        )
        found = [RecipeVersion(**row._mapping) for row in self._session.execute(query)]
        return sorted(found, key=lambda one: (one.name.casefold(), one.name, -one.version))

    def get(self, recipe_id: SavedRecipeId) -> SavedRecipe | None:
        """Return a version with its content; None if there is none."""
        row = self._session.get(SavedRecipeRow, int(recipe_id))
        return None if row is None else _recipe_of(row)

    def add(self, recipe: SavedRecipe) -> SavedRecipe:
        """Insert a version and return it with its id."""
        values = {name: value for name, value in asdict(recipe).items() if name != "id"}
        row = SavedRecipeRow(**values)
        self._session.add(row)
        self._session.flush()
        return replace(recipe, id=SavedRecipeId(row.id))

    def last_version(self, project_id: ProjectId, name: str) -> int:
        """Return the largest version that was ever given out under a name, deleted or not; 0 if none."""
        query = sa.select(sa.func.max(SavedRecipeRow.version)).where(
            SavedRecipeRow.project_id == project_id, SavedRecipeRow.name == name
        )
        return self._session.scalar(query) or 0

    def mark(self, recipe_ids: Iterable[SavedRecipeId], *, deleted_at: datetime | None) -> None:
        """Mark versions as deleted at a time, or as present again."""
        self._session.execute(
            sa.update(SavedRecipeRow)
            .where(SavedRecipeRow.id.in_([int(one) for one in recipe_ids]))
            .values(deleted_at=deleted_at)
            .execution_options(synchronize_session=False)
        )


def _recipe_of(row: SavedRecipeRow) -> SavedRecipe:
    return SavedRecipe(
        id=SavedRecipeId(row.id),
        project_id=ProjectId(row.project_id),
        name=row.name,
        version=row.version,
        content=row.content,
        created_at=row.created_at,
        note=row.note,
        author=row.author,
    )
