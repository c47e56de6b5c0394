"""What the Overview's handlers read from the services, once per call."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.services import models, projects, workers
from core.services.application import Application
from dashboard.figures.wording import Specs


@dataclass(frozen=True)
class Snapshot:
    """A project with its models and the words for their techniques."""

    project: Project
    models: tuple[Model, ...]
    specs: Specs

    @property
    def primary(self) -> tuple[MetricDefinition, ...]:
        """The few metrics that tooltips lead with."""
        found = (self.project.metric(name) for name in self.project.primary)
        return tuple(metric for metric in found if metric is not None)


def read(product: Application, slug: str) -> Snapshot:
    """Return the present state of a project; `UnknownName` if there is none of that slug."""
    project = projects.get_project(product, slug)
    known = workers.catalogue(product)
    specs = {technique.name: technique for technique in known.techniques}
    return Snapshot(project, tuple(models.list_models(product, project.id)), specs)
