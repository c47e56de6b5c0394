"""The example projects, queued through the same services that people use."""

from __future__ import annotations

from core.domain.access.caller import Role
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.errors import InvalidInput, UnknownName
from core.services.access.roles import needs
from core.services.application import Application
from core.services.demos import digits, trips
from core.services.demos.definition import Example
from core.services.experiments.experiments import Submitted, list_experiments, submit
from core.services.models.models import BaseModelRequest, add_base_model
from core.services.projects.projects import create_project, get_project, list_projects

EXAMPLES = {example.slug: example for example in (digits.EXAMPLE, trips.EXAMPLE)}
"""The examples that can be queued, by name."""
FIRST = digits.EXAMPLE.slug
"""The one that a new installation starts with."""


@needs(Role.EDITOR)
def queue(app: Application, name: str) -> Submitted | None:
    """Queue an example, or return None if that was done before; half-done work is completed.

    Raises:
        UnknownName: there is no such example.
    """
    if name not in EXAMPLES:
        raise UnknownName("example", name, EXAMPLES)
    return _queue(app, EXAMPLES[name])


@needs(Role.EDITOR)
def queue_digits(app: Application) -> Submitted | None:
    """Queue the example that the first start of the product shows, see `queue`."""
    return queue(app, FIRST)


def digits_wanted(app: Application) -> bool:
    """Return whether a first start should queue the example: nothing is there, or only its beginning.

    A start that was killed half-way leaves the project, perhaps with its base model, but no experiment.
    """
    wanted = digits.EXAMPLE.project
    projects = list_projects(app)
    begun = [project for project in projects if (project.slug, project.name) == (wanted.slug, wanted.name)]
    return not projects or (projects == begun and not list_experiments(app, begun[0].id))


def _queue(app: Application, example: Example) -> Submitted | None:
    project = _project(app, example)
    if list_experiments(app, project.id):
        return None
    base = add_base_model(
        app,
        BaseModelRequest(
            project_id=project.id,
            name=example.base_name,
            source=example.source,
            parameters=example.parameters,
            training=example.training,
        ),
    )
    return submit(
        app,
        ExperimentRequest(
            project_id=project.id,
            base_ids=(base.id,),
            recipes=example.recipes,
            name=example.experiment,
            note=example.note,
        ),
    )


def _project(app: Application, example: Example) -> Project:
    try:
        return get_project(app, example.slug)
    except UnknownName:
        pass
    try:
        return create_project(app, example.project)
    except InvalidInput as error:
        if any(problem.field == "slug" for problem in error.problems):
            return get_project(app, example.slug)  # another process was faster
        raise
