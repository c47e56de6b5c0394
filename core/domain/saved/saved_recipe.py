"""Recipes that people keep in a project under a name, in numbered versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import ProjectId, SavedRecipeId


@dataclass(frozen=True)
class SavedRecipe:
    """One version of what is kept under a name.

    version: counted from 1 for each name. content: the recipes as YAML, see `core.services.recipes`.
    note: why this version was kept.
    """

    id: SavedRecipeId
    project_id: ProjectId
    name: str
    version: int
    content: str
    created_at: datetime
    note: str = ""
    author: str = ""
