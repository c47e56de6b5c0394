"""Projects: create, list, find, set up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.catalogue import Catalogue, TaskSpec
from core.domain.ids import ProjectId
from core.domain.metric import MetricDefinition
from core.domain.project import Dataset, Project
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem, UnknownName, all_problems
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application
from core.services.data_setup.datasets import DatasetRequest, Known, checked_dataset
from core.services.projects.metric_checks import budget_problems, primary_problems
from core.services.projects.project_settings import (
    MetricCorrection,
    SettingsChange,
    change_settings,
)
from core.services.projects.quality_conditions import ProtocolRequest
from core.services.workers.workers import catalogue_of

__all__ = [
    "DatasetRequest",
    "MetricCorrection",
    "ProjectRequest",
    "SettingsChange",
    "change_settings",
    "create_project",
    "free_slug",
    "get_project",
    "insert_project",
    "list_projects",
    "revision",
    "slug_of",
]


@dataclass(frozen=True)
class ProjectRequest:
    """A project to be. An empty slug is made from the name; empty `primary` takes the task's."""

    name: str
    task: str
    datasets: tuple[DatasetRequest, ...] = ()
    slug: str = ""
    description: str = ""
    primary: tuple[str, ...] = ()
    budgets: Mapping[str, float] = field(default_factory=dict)
    protocol: ProtocolRequest = field(default_factory=ProtocolRequest)


def list_projects(app: Application) -> list[Project]:
    """Return all projects, oldest first."""
    with app.unit_of_work() as uow:
        return uow.projects.list()


def get_project(app: Application, slug_or_id: str | int) -> Project:
    """Return one project; `UnknownName` with near matches if there is none."""
    with app.unit_of_work() as uow:
        found = uow.projects.find(slug_or_id)
        if found is None:
            raise UnknownName("project", str(slug_or_id), uow.projects.slugs())
        return found


def revision(app: Application, project_id: ProjectId) -> int:
    """Return the number that grows with every change to the project, its models or its runs."""
    with app.unit_of_work() as uow:
        found = uow.projects.revision(project_id)
    if found is None:
        raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
    return found


@needs(Role.EDITOR)
def create_project(app: Application, request: ProjectRequest, unread: Sequence[Problem] = ()) -> Project:
    """Create a project with its data sets. Usually its protocol is all of the first one's test split.

    unread: problems of unreadable entries: nothing is created, and all problems are reported.

    Raises:
        InvalidInput: every problem of the request, at `name`, `slug`, `task`, `datasets.0.parameters.x`,
            `protocol.split` ...
    """
    require_all_projects(app)
    with app.unit_of_work(writing=True) as uow:
        project = insert_project(uow, app, request, unread)
        note(uow, app, Action.CREATED, Subject("project", (int(project.id),), project.name, project.id))
        uow.commit()
    return project


def insert_project(
    uow: UnitOfWork, app: Application, request: ProjectRequest, unread: Sequence[Problem] = ()
) -> Project:
    """Check and add a project in a transaction of the caller's; see `create_project`."""
    taken = uow.projects.slugs()
    slug = request.slug or free_slug(request.name, taken)
    catalogue = catalogue_of(uow, app)
    problems = [*_named(request, slug), *_known_task(request, catalogue)]
    datasets, wrong = _datasets(request, Known.of(uow, app))
    problems += wrong + request.protocol.problems([dataset.name for dataset in datasets])
    if slug in taken:
        hint = "Choose another name or another short name."
        problems.append(Problem("slug", f"There is a project with the short name {slug!r} already.", hint))
    if problems or unread:
        raise InvalidInput(all_problems(unread, problems))
    project = uow.projects.add(_project(app, request, slug, catalogue), datasets)
    if not project.datasets:
        return project
    protocol = replace(project.protocol, quality=request.protocol.condition(project.datasets))
    uow.projects.set_protocol(project.id, protocol)
    return replace(project, protocol=protocol)


def slug_of(name: str) -> str:
    """Return the name as it appears in addresses: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")


def free_slug(name: str, taken: Collection[str]) -> str:
    """Return a project's short name; one not taken yet where the name has no Latin letter or digit."""
    if slug := slug_of(name):
        return slug
    return next(
        slug for number in itertools.count(len(taken) + 1) if (slug := f"project-{number}") not in taken
    )


def _named(request: ProjectRequest, slug: str) -> list[Problem]:
    problems = text_problems("name", request.name, most=100, required=True)
    problems += text_problems("description", request.description, most=10_000)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        hint = "Use lower-case letters, digits and hyphens."
        problems.append(Problem("slug", f"The short name {slug!r} cannot be part of an address.", hint))
    return problems


def _known_task(request: ProjectRequest, catalogue: Catalogue) -> list[Problem]:
    try:
        task = catalogue.task(request.task)
    except UnknownName as error:
        return [Problem("task", error.message, error.hint)]
    metrics, owner = _metrics(task, catalogue), f"The task {task.name}"
    return [
        *primary_problems(request.primary, metrics, owner),
        *budget_problems(request.budgets, metrics, owner),
    ]


def _datasets(request: ProjectRequest, known: Known) -> tuple[list[Dataset], list[Problem]]:
    datasets, problems = [], []
    for index, wanted in enumerate(request.datasets):
        dataset, wrong = checked_dataset(wanted, request.task, known, field=f"datasets.{index}")
        datasets.append(dataset)
        problems += wrong
    names = [wanted.name for wanted in request.datasets]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(Problem("datasets", f"Two data sets are named {name!r}.", "Name them apart."))
    return datasets, problems


def _project(app: Application, request: ProjectRequest, slug: str, catalogue: Catalogue) -> Project:
    task = catalogue.task(request.task)
    return Project(
        id=ProjectId(0),
        slug=slug,
        name=request.name.strip(),
        task=request.task,
        created_at=app.clock.now(),
        description=request.description,
        metrics=_metrics(task, catalogue),
        primary=request.primary or task.primary,
        budgets={name: float(value) for name, value in request.budgets.items()},
    )


def _metrics(task: TaskSpec, catalogue: Catalogue) -> tuple[MetricDefinition, ...]:
    by_name = {metric.name: metric for metric in (*task.metrics, *catalogue.profile_metrics)}
    return tuple(by_name.values())
