"""Recipes that people keep in a project under a name, in numbered versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import ProjectId, SavedRecipeId


@dataclass(frozen=True)
class RecipeVersion:
    """One version of what is kept under a name, without what it holds, as lists show it.

    version: counted from 1 for each name. note: why this version was kept.
    """

    id: SavedRecipeId
    project_id: ProjectId
    name: str
    version: int
    created_at: datetime
    note: str = ""
    author: str = ""


@dataclass(frozen=True)
class SavedRecipe(RecipeVersion):
    """The same with its content: the recipes as YAML, see `core.services.recipes`."""

    content: str = ""
