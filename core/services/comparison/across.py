"""Models of several projects beside each other, for people who may see all of those projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.comparison.across import SharedMetrics, shared_metrics, with_shared_recovery
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.model import Model
from core.domain.project import Project
from core.errors import Forbidden, InvalidInput
from core.services.application import Application
from core.services.models.models import list_models
from core.services.projects.projects import get_project

FEWEST, MOST = 2, 6
"""Projects that can be compared at once: colours for more would not be told apart."""


@dataclass(frozen=True)
class ComparedProject:
    """A project with its models. quality, times: under which conditions its values were measured."""

    project: Project
    models: tuple[Model, ...]
    quality: str
    times: str


@dataclass(frozen=True)
class AcrossProjects:
    """What is compared, and on which metrics."""

    projects: tuple[ComparedProject, ...]
    shared: SharedMetrics


def compare_projects(app: Application, slugs: Sequence[str]) -> AcrossProjects:
    """Return the models of these projects that are made and not put away, and the metrics they share.

    Raises:
        Forbidden: the caller sees one project alone.
        UnknownName: there is no such project.
        InvalidInput: fewer than two projects, or too many.
    """
    if app.caller.project_id is not None:
        raise Forbidden(f"{app.caller.name} sees one project alone.", "Sign in to compare projects.")
    chosen = list(dict.fromkeys(slugs))
    if not FEWEST <= len(chosen) <= MOST:
        message = f"{len(chosen)} projects cannot be compared."
        raise InvalidInput.of("projects", message, f"Choose from {FEWEST} to {MOST}.")
    projects = [get_project(app, slug) for slug in chosen]
    return AcrossProjects(tuple(_compared(app, project) for project in projects), shared_metrics(projects))


def _compared(app: Application, project: Project) -> ComparedProject:
    every = list_models(app, project.id)
    shown = [model for model in every if model.ready and not model.archived]
    models = with_shared_recovery(shown, project)
    return ComparedProject(project, tuple(models), quality_words(project, every), efficiency_words(project))
