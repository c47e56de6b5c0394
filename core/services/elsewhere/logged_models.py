"""Models that other programs made: step, figures, predictions and weights, kept all at once or not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.domain.access.audit import Action
from core.domain.access.caller import Role
from core.domain.data.prediction_files import PredictionFile
from core.domain.ids import ModelId, ProjectId
from core.domain.measurement.evaluation import LayerKind
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model, Source
from core.domain.origin import Origin, trains
from core.domain.project import LOGGED, Project
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step, base_identity, model_identity
from core.domain.studies.metric_guesses import definition_of, readable
from core.domain.studies.study import Study
from core.domain.text import LONGEST_NOTE, text_problems
from core.errors import InvalidInput, NotFound, Problem
from core.persistence.figures import refresh
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note_models
from core.services.access.once import Once, answered, keep_answer
from core.services.access.roles import needs
from core.services.application import Application
from core.services.elsewhere.first_evaluation import LabelledPredictions, insert_first
from core.services.elsewhere.weights import WEIGHTS, statistics_of
from core.services.imports.imported_predictions import insert_predictions
from core.services.imports.studies import import_study
from core.services.models.annotations import LONGEST_TAG

_MOST_METRICS = 1_000
_LEADING = 3


@dataclass(frozen=True)
class LoggedModel:
    """A model to be kept. parent_id and step: what it was made from, and how; None of a base.

    metrics: by name; definitions: of those that the project does not know and whose name does not tell.
    predictions: of the instances that other models of the project predict; with labels, also the first ones.
    weights: reference of an uploaded file; statistics of its tensors are kept.
    """

    name: str
    parent_id: ModelId | None = None
    step: Step | None = None
    seed: int = 0
    note: str = ""
    tags: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    definitions: Sequence[MetricDefinition] = ()
    predictions: PredictionFile | LabelledPredictions | None = None
    weights: str = ""


@needs(Role.EDITOR)
def create_project(app: Application, name: str, description: str = "") -> Project:
    """Create a project for models that other programs make; raises `InvalidInput` if the name is taken."""
    return import_study(app, Study((), (), ()), name=name, description=description).project


@needs(Role.EDITOR)
def log_model(
    app: Application, project_id: ProjectId, logged: LoggedModel, once: Once | None = None
) -> ModelId:
    """Keep a model in one transaction; with a key, only if it was not kept before.

    Raises:
        InvalidInput: every problem, at `name`, `parent`, `step`, `metrics.x`, `predictions`, `weights`.
        NotFound: there is no such project.
        UnusableInput: predictions without labels, where no other model of the project has any.
        Conflict: another request had this key.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project = uow.projects.find(int(project_id))
        if project is None:
            raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
        if (known := answered(uow, app, project_id, once)) is not None:
            return ModelId(known["model"])
        parent = _parent(uow, project, logged)
        model_id = uow.models.add([_model(app, project, logged, parent)])[0]
        uow.projects.define_metrics(project_id, _definitions(project, logged))
        _insert_details(uow, app, model_id, logged)
        _lead(uow, project)
        refresh(uow, project_id, [model_id])
        note_models(uow, app, Action.CREATED, uow.models.get([model_id]).values())
        keep_answer(uow, app, project_id, (once, {"model": int(model_id)}))
        uow.commit()
    return model_id


def _parent(uow: UnitOfWork, project: Project, logged: LoggedModel) -> Model | None:
    """Return the parent; `InvalidInput` with every problem of what is logged."""
    problems = text_problems("name", logged.name, most=200, required=True)
    problems += text_problems("note", logged.note, most=LONGEST_NOTE)
    for tag in logged.tags:
        problems += text_problems("tags", tag, most=LONGEST_TAG, required=True)
    for metric in logged.definitions:
        problems += text_problems(f"definitions.{metric.name}", metric.label, most=200, required=True)
        problems += text_problems(f"definitions.{metric.name}", metric.unit, most=40)
    if logged.step is not None:
        problems += text_problems("step", logged.step.technique, most=200, required=True)
    parent = None
    if logged.parent_id is not None:
        parent = uow.models.get([logged.parent_id]).get(logged.parent_id)
        if parent is None or parent.project_id != project.id or parent.deleted_at is not None:
            message = f"There is no model {logged.parent_id} in {project.name}."
            problems.append(Problem("parent", message, "Give the id of a model of this project."))
    if (logged.parent_id is None) is not (logged.step is None):
        missing = "step" if logged.step is None else "parent"
        message = f"The {missing} is missing."
        problems.append(Problem(missing, message, "A base has neither, every other model has both."))
    if len(logged.metrics) > _MOST_METRICS:
        message = f"There are {len(logged.metrics):,} metrics; at most {_MOST_METRICS:,} can be kept."
        problems.append(Problem("metrics", message, "Keep those that models are compared by."))
    for name in logged.metrics:
        problems += text_problems(f"metrics.{name}", name, most=200, required=True)
    if problems:
        raise InvalidInput(problems)
    return parent


def _model(app: Application, project: Project, logged: LoggedModel, parent: Model | None) -> Model:
    mark, now, step = secrets.token_hex(8), app.clock.now(), logged.step
    source = None if step else Source(LOGGED, {"id": mark})
    identity = (
        model_identity([parent.identity], step, logged.seed, f"{LOGGED} {mark}")
        if parent is not None and step is not None
        else base_identity(int(project.id), LOGGED, {"id": mark}, logged.seed)
    )
    return Model(
        id=ModelId(0),
        project_id=project.id,
        name=logged.name.strip(),
        identity=identity,
        status=RunStatus.SUCCEEDED,
        created_at=now,
        made_at=now,
        parent_id=parent.id if parent is not None else None,
        step=step,
        source=source,
        origin=Origin.IMPORTED if step is None else Origin.TRAINED if trains(step) else Origin.DERIVED,
        seed=logged.seed,
        metrics=dict(logged.metrics),
        author=app.caller.name,
        note=logged.note,
        tags=logged.tags,
    )


def _definitions(project: Project, logged: LoggedModel) -> list[MetricDefinition]:
    """Return what the project does not know yet of the metrics, told or guessed from names and values."""
    told = {metric.name: metric for metric in logged.definitions if metric.name in logged.metrics}
    known = {metric.name for metric in project.metrics}
    lacking = [name for name in logged.metrics if name not in known and name not in told]
    guessed = [
        readable(definition_of(_bounds(name, logged.metrics[name]), [logged.metrics[name]])[0])
        for name in lacking
    ]
    return [*(metric for name, metric in told.items() if name not in known), *guessed]


def _lead(uow: UnitOfWork, project: Project) -> None:
    """Have the first metrics of a project lead: quality before efficiency."""
    known = uow.projects.find(int(project.id))
    if known is not None and not known.primary and known.metrics:
        ordered = sorted(known.metrics, key=lambda metric: metric.group is not Group.QUALITY)
        primary = tuple(metric.name for metric in ordered[:_LEADING])
        uow.projects.set_metrics(project.id, known.metrics, primary=primary, budgets=known.budgets)


def _bounds(name: str, value: float) -> dict[str, Any]:
    """Return what is known of a metric: one between 0 and 1 is taken as a fraction."""
    return {"name": name} | ({"min": 0, "max": 1} if 0 <= value <= 1 else {})


def _insert_details(uow: UnitOfWork, app: Application, model_id: ModelId, logged: LoggedModel) -> None:
    model = uow.models.get([model_id])[model_id]
    if isinstance(logged.predictions, LabelledPredictions):
        insert_first(uow, app, model, logged.predictions)
    elif logged.predictions is not None:
        insert_predictions(uow, app, model, logged.predictions)
    if logged.weights:
        arrays = statistics_of(uow, app, logged.weights, _base(uow, model))
        uow.evaluations.put_layer_statistics(model_id, kind=LayerKind.WEIGHTS, arrays=arrays)
        uow.models.set_manifest(model_id, {WEIGHTS: logged.weights})


def _base(uow: UnitOfWork, model: Model) -> tuple[ModelId, str] | None:
    """Return the oldest ancestor whose weights were uploaded, with their reference."""
    for ancestor in uow.models.lineage(model.id)[:-1]:
        if reference := uow.models.manifest(ancestor.id).get(WEIGHTS):
            return ancestor.id, str(reference)
    return None
