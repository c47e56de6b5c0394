"""What an example project consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain.recipe import Recipe
from core.services.models.models import Training
from core.services.projects.projects import ProjectRequest


@dataclass(frozen=True)
class Example:
    """A project, a base model that is trained on the spot, and an experiment with it."""

    project: ProjectRequest
    base_name: str
    source: str
    experiment: str
    note: str
    recipes: tuple[Recipe, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    training: Training = field(default_factory=Training)

    @property
    def slug(self) -> str:
        """Name of the example, and of its project in addresses."""
        return self.project.slug
