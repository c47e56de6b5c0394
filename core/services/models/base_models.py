"""Base models: where provenance graphs start."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.catalogue import Catalogue, SourceSpec, TaskSpec
from core.domain.data.uploads import by_content
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model, Source
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec
from core.domain.parameters import validated_parameters
from core.domain.project import Project
from core.domain.queue.run import UNSUCCESSFUL, RunKind
from core.domain.recipe import base_identity
from core.domain.text import text_problems
from core.errors import InvalidInput, Problem, UnknownName, all_problems
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.labels import in_sentence
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.data_setup.data_counts import counted_by, known_counts, seen_counts
from core.services.data_setup.file_checks import (
    further_problems,
    hosts_elsewhere,
    outside_problems,
    place_problems,
)
from core.services.planning.creation import NewModel, Order, add_models
from core.services.planning.plans import queue_problems, seed_problems
from core.services.queue.cancellation import retry_all
from core.services.queue.dispatch import dispatch_unsent
from core.services.uploads.uploads import upload_problems
from core.services.workers.workers import catalogue_of

_LIMITS = {"max_steps": "updates", "instances": "instances"}


@dataclass(frozen=True)
class Training:
    """How a base model is trained on the project's first data set (split `train`).

    max_steps: weight updates at most, whatever the epochs; instances: how many are used. 0: no limit.
    """

    epochs: int = 15
    learning_rate: float = 3e-3
    batch_size: int = 64
    max_steps: int = 0
    instances: int = 0

    def to_json(self) -> dict[str, float]:
        """Return what the run is given; limits that are none are left out, as before there were any."""
        given = asdict(self)
        return {name: value for name, value in given.items() if value or name not in _LIMITS}


@dataclass(frozen=True)
class BaseModelRequest:
    """A base model to be. `training` None: it is imported as the source gives it."""

    project_id: ProjectId
    name: str
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    training: Training | None = None
    queue: str = "cpu"
    priority: int = 0


@needs(Role.EDITOR)
def add_base_model(app: Application, request: BaseModelRequest, unread: Sequence[Problem] = ()) -> Model:
    """Queue the making, evaluating and profiling of a base model; one that exists already is returned.

    One that was cancelled or failed is made after all, under the name that is asked for now.

    unread: problems of unreadable entries: nothing is queued, and all problems are reported.

    Raises:
        InvalidInput: every problem, at `name`, `source`, `parameters.x`, `training.epochs`, `seed`, `queue`.
    """
    with app.unit_of_work(writing=True) as uow:
        model_id = insert_base_model(uow, app, request, unread)
        subject = Subject("model", (int(model_id),), request.name.strip(), request.project_id)
        note(uow, app, Action.QUEUED, subject)
        uow.commit()
    dispatch_unsent(app)
    with app.unit_of_work() as uow:
        return uow.models.get([model_id])[model_id]


def insert_base_model(
    uow: UnitOfWork, app: Application, request: BaseModelRequest, unread: Sequence[Problem] = ()
) -> ModelId:
    """Check and add a base model in a transaction of the caller's, who dispatches; see `add_base_model`."""
    uow.projects.touch(request.project_id)
    project, source = _checked(uow, app, request, unread)
    training = request.training.to_json() if request.training else {}
    identity = base_identity(
        project.id, source.name, {**by_content(source.parameters), "training": training}, request.seed
    )
    existing = uow.models.by_identity(project.id, [identity]).get(identity)
    if existing is None:
        new = NewModel(request.name.strip(), identity, request.seed, source=source)
        return add_models(uow, app, [new], _order(request))[0]
    if existing.status in UNSUCCESSFUL and existing.making_run_id is not None:
        attempts = app.limits.max_attempts
        retry_all(uow, [existing.making_run_id], app.clock.now(), more_attempts=attempts)
        uow.models.annotate([existing.id], name=request.name.strip())  # it is asked for anew
    return existing.id


def _order(request: BaseModelRequest) -> Order:
    return Order(
        project_id=request.project_id,
        kind=RunKind.TRAIN if request.training else RunKind.IMPORT,
        queue=request.queue,
        priority=request.priority,
        payload=request.training.to_json() if request.training else {},
    )


def _checked(
    uow: UnitOfWork, app: Application, request: BaseModelRequest, unread: Sequence[Problem]
) -> tuple[Project, Source]:
    problems = text_problems("name", request.name, most=200, required=True)
    problems += queue_problems(request.queue, request.priority) + seed_problems("seed", [request.seed])
    problems += _training_problems(request.training)
    project = uow.projects.find(request.project_id)
    if project is None:
        problems.append(Problem("project_id", f"There is no project with id {request.project_id}."))
    elif request.training and not project.datasets:
        hint = "Add a data set to the project, or import a trained model."
        problems.append(Problem("training", f"The project {project.name} has no data to train on.", hint))
    catalogue = catalogue_of(uow, app)
    parameters, wrong = _source_parameters(catalogue, request, project)
    if parameters:  # the source is known
        look = partial(_unlike_what_is_there, uow, app, project, catalogue.model_source(request.source))
        wrong += further_problems(look, parameters, [*unread, *wrong], field="parameters")
    if project is None or problems or wrong or unread:
        raise InvalidInput(all_problems(unread, [*problems, *wrong]))
    return project, Source(request.source, parameters)


def _unlike_what_is_there(
    uow: UnitOfWork,
    app: Application,
    project: Project | None,
    source: SourceSpec,
    parameters: Mapping[str, Any],
) -> list[Problem]:
    """Return which parameters count something else than the data have, or name files that are not there."""
    outside = outside_problems(source, parameters, app.limits.allowed_folders, field="parameters")
    if outside:
        return outside
    seen = uow.data_previews.summaries(project.datasets if project else ())
    models = uow.models.list(project.id) if project else []
    counts = known_counts(catalogue_of(uow, app), models, seen)
    problems = _miscounted(source, parameters, counts, certain=seen_counts(seen))
    if hosts_elsewhere(uow, app) == []:  # every live worker sees the files of this process
        problems += place_problems(source, parameters, field="parameters")
    return problems + upload_problems(uow, app, source, parameters)


def _source_parameters(
    catalogue: Catalogue, request: BaseModelRequest, project: Project | None
) -> tuple[Mapping[str, Any], list[Problem]]:
    try:
        spec = catalogue.model_source(request.source)
    except UnknownName as error:
        return {}, [Problem("source", error.message, error.hint)]
    parameters, problems = validated_parameters(spec.parameters, request.parameters, field="parameters")
    if spec.runtime and request.training is not None:
        message = f"{spec.label} is computed by {spec.runtime}, which does not train."
        problems.append(Problem("training", message, "Import the model as it is."))
    if spec.unavailable:
        problems.append(Problem("source", f"{spec.label} cannot be used: {spec.unavailable}"))
    task = next((task for task in catalogue.tasks if project and task.name == project.task), None)
    if task is not None and (mismatch := task.mismatch(spec, parameters)):
        hint = "Choose another model, or add it to a project with another task."
        problems.append(Problem("source", mismatch, hint))
    elif task is not None:
        problems += _unsuited(spec, parameters, task, refused := {problem.field for problem in problems})
        problems += _lacking(spec, parameters, task.inputs, refused)
    return parameters, problems


def _unsuited(
    spec: SourceSpec, parameters: Mapping[str, Any], task: TaskSpec, refused: Collection[str]
) -> list[Problem]:
    """Return which values choose a model that could never be evaluated on the task.

    refused: fields whose values have no meaning.
    """
    problems: list[Problem] = []
    for name, about in spec.by_name.items():
        told = {problem.field for problem in problems}
        suited = about.suits.get(task.name)
        if suited is None or name not in parameters or f"parameters.{name}" in refused:
            continue
        chosen, means = _meant(about, parameters)
        if chosen in suited or any(f"parameters.{other}" in told for other in about.stands_for):
            continue
        message = f"{means} not for {in_sentence(task.label)}, so the model could not be evaluated."
        hint = "Choose another model, or see model_factory()."
        if suited:
            hint = f"Choose {' or '.join(suited[:6])}."
        problems.append(Problem(f"parameters.{name}", message, hint))
    return problems


def _meant(about: ParameterSpec, parameters: Mapping[str, Any]) -> tuple[Any, str]:
    """Return a parameter's value, where it is empty what that stands for, and the beginning of a sentence."""
    name = about.name
    for other, meanings in about.stands_for.items():
        if not parameters.get(name) and parameters.get(other) in meanings:
            chosen = meanings[parameters[other]]
            return chosen, f"An empty {about.running_label} means {chosen} for {parameters[other]}, which is"
    return parameters.get(name), f"{parameters.get(name)} is"


def _lacking(
    spec: SourceSpec, parameters: Mapping[str, Any], inputs: Inputs, refused: Collection[str]
) -> list[Problem]:
    """Return which parameters a model needs for such inputs, without which it could never be evaluated.

    refused: fields whose values have no meaning, so that nothing is known of what they would need.
    """
    problems = []
    for name, about in spec.by_name.items():
        needed = about.needed_for
        if needed is None or needed.inputs is not inputs or parameters.get(name):
            continue
        if any(f"parameters.{other}" in refused for other in needed.unless):
            continue
        if not any(parameters.get(other) in values for other, values in needed.unless.items()):
            message = (
                f"The model has no {about.running_label}, without which it cannot be evaluated on {inputs}."
            )
            hint = f"Name one, or let a plug-in bring it with the model: @model_factory(name, {name}=...)."
            problems.append(Problem(f"parameters.{name}", message, hint))
    return problems


def _miscounted(
    source: SourceSpec,
    parameters: Mapping[str, Any],
    counts: Mapping[str, Any],
    *,
    certain: Collection[str],
) -> list[Problem]:
    """Return which parameters count something else than there is; `certain` was counted in the data."""
    return [
        Problem(
            f"parameters.{name}",
            f"{'The' if what in certain else 'Models measured on these'} data have {counts[what]} {what}, "
            f"not {parameters[name]}.",
            f"Use {counts[what]}.",
        )
        for name, what in counted_by(source).items()
        if name in parameters and parameters[name] != counts.get(what, parameters[name])
        if _is_used(source, name, parameters)
    ]


def _is_used(source: SourceSpec, name: str, parameters: Mapping[str, Any]) -> bool:
    """Return whether a parameter counts beside the values of the others."""
    defaults = {about.name: about.default for about in source.parameters}
    return source.by_name[name].used_beside(defaults | dict(parameters))


def _training_problems(training: Training | None) -> list[Problem]:
    if training is None:
        return []
    problems = []
    if not 1 <= training.epochs <= 10_000:
        message = f"{training.epochs} epochs cannot be trained."
        problems.append(Problem("training.epochs", message, "Use a number from 1 to 10,000."))
    if not 0 < training.learning_rate <= 10:
        message = f"The learning rate {training.learning_rate:g} cannot be used."
        problems.append(Problem("training.learning_rate", message, "Use a number above 0, at most 10."))
    if not 1 <= training.batch_size <= 1_000_000:
        message = f"Batches of {training.batch_size} instances cannot be used."
        problems.append(Problem("training.batch_size", message, "Use a number from 1 to 1,000,000."))
    for name, noun in _LIMITS.items():
        if getattr(training, name) < 0:
            message = f"{getattr(training, name)} {noun} cannot be a limit."
            problems.append(Problem(f"training.{name}", message, "Use a number from 1, or 0 for no limit."))
    return problems
