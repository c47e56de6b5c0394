"""Queue further measurements of models that exist: evaluations, profiles, activations, sensitivity."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.domain.access.audit import Action
from core.domain.access.caller import Role
from core.domain.condition import QualityCondition
from core.domain.ids import DatasetId, InstanceGroupId, ModelId, RunId
from core.domain.measurement.evaluation import Evaluation, LayerKind
from core.domain.measurement.sensitivity import Approach
from core.domain.model import Model
from core.domain.parameters import completed_step
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunKind
from core.domain.recipe import Step, SweepStep
from core.errors import InvalidInput, Problem, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note_runs
from core.services.access.roles import needs
from core.services.application import Application
from core.services.planning.creation import Order, queued_run
from core.services.planning.plans import queue_problems
from core.services.preflight.module_checks import PlacedStep
from core.services.preflight.prerequisites import Bases, foreseen
from core.services.projects.quality_conditions import MOST_INSTANCES, PRECISIONS, SPLITS
from core.services.queue.dispatch import dispatch_unsent
from core.services.workers.workers import catalogue_of

PROBE_INSTANCES = 32


@dataclass(frozen=True)
class Measurement:
    """How to measure. None stands for what the project's protocol says.

    instances: at most so many, spread evenly over the split; None: the protocol's for evaluations on its data
        and split, else all; what is usual for other kinds of runs. precision: of evaluations, in which the
        model computes.
    group_id: of a saved group of instances, which names data set and split; of evaluations and sensitivity.
    """

    dataset_id: DatasetId | None = None
    split: str | None = None
    instances: int | None = None
    batch_size: int | None = None
    precision: str | None = None
    queue: str = "cpu"
    priority: int = 0
    group_id: InstanceGroupId | None = None


@needs(Role.EDITOR)
def queue_evaluation(
    app: Application, model_ids: Iterable[ModelId], how: Measurement | None = None
) -> tuple[RunId, ...]:
    """Queue one evaluation of each model and return the runs.

    Raises:
        InvalidInput: every problem, at `model_ids`, `dataset_id`, `split`, `precision`, `queue` and so on.
    """
    return _queue(app, list(model_ids), RunKind.EVALUATE, how or Measurement())


@needs(Role.EDITOR)
def queue_profile(
    app: Application, model_ids: Iterable[ModelId], how: Measurement | None = None
) -> tuple[RunId, ...]:
    """Queue one profile of each model and return the runs; `InvalidInput` as for `queue_evaluation`."""
    return _queue(app, list(model_ids), RunKind.PROFILE, how or Measurement())


@needs(Role.EDITOR)
def queue_instances(app: Application, evaluation: Evaluation) -> RunId:
    """Queue a run that keeps ids, texts and thumbnails of what a model was evaluated on; return the run.

    Raises:
        InvalidInput: as for `queue_evaluation`.
    """
    condition = evaluation.condition
    how = Measurement(
        dataset_id=condition.dataset_id,
        split=condition.split,
        instances=condition.instances,
    )
    return _queue(app, [evaluation.model_id], RunKind.INSTANCES, how)[0]


@needs(Role.EDITOR)
def queue_layers(
    app: Application, model_ids: Iterable[ModelId], how: Measurement | None = None, *, again: bool = False
) -> tuple[RunId, ...]:
    """Queue activation statistics of models and of the bases they are compared with; return the runs.

    Models that have them, or will have, are left out unless they are wanted `again`. `InvalidInput` as
    for `queue_evaluation`.
    """
    wanted = list(dict.fromkeys(model_ids))
    with app.unit_of_work() as uow:
        bases = [lineage[0].id for model_id in wanted if (lineage := uow.models.lineage(model_id))]
        stored = [model.id for model in uow.models.get(bases).values() if model.artifact is not None]
        further = [base for base in dict.fromkeys(stored) if base not in wanted]
        present = _with_activations(uow, [*wanted, *further])
    chosen = [model_id for model_id in wanted if again or model_id not in present]
    chosen += [model_id for model_id in further if model_id not in present]
    return _queue(app, chosen, RunKind.LAYERS, how or Measurement()) if chosen else ()


@needs(Role.EDITOR)
def queue_sensitivity(
    app: Application,
    model_id: ModelId,
    step: Step,
    how: Measurement | None = None,
    *,
    approach: Approach | None = None,
) -> RunId:
    """Queue a run that applies the step to one layer of the model at a time, and evaluates each result.

    The step's rules choose the layers; the approach says what is compressed at a time, and whether it is
    evaluated or estimated. `InvalidInput` as for `queue_evaluation`, and at `step`.
    """
    with app.unit_of_work() as uow:
        complete, problems = completed(uow, app, step, uow.models.get([model_id]).get(model_id))
    runs = _queue(
        app,
        [model_id],
        RunKind.SENSITIVITY,
        how or Measurement(),
        more=(sensitivity_payload(complete, approach or Approach()), problems),
    )
    return runs[0]


def sensitivity_payload(step: Step, approach: Approach) -> dict[str, Any]:
    """Return what the payload of a sensitivity run says besides the sample."""
    rules = {
        "include": list(step.rules.include),
        "exclude": list(step.rules.exclude),
        "overrides": [[pattern, dict(values)] for pattern, values in step.rules.overrides],
    }
    described = {"technique": step.technique, "parameters": dict(step.parameters), "rules": rules}
    return {"step": described, "method": approach.method.value, "grouping": approach.grouping.value}


def _queue(
    app: Application,
    model_ids: Sequence[ModelId],
    kind: RunKind,
    how: Measurement,
    *,
    more: tuple[Mapping[str, Any], Sequence[Problem]] = ({}, ()),
) -> tuple[RunId, ...]:
    extra, problems = more
    ids: list[RunId] = []
    with app.unit_of_work(writing=True) as uow:
        how, absent = _of_group(uow, how)
        models, wrong = measurable_models(uow, model_ids)
        projects = {model.project_id for model in models}
        found = [uow.projects.find(project_id) for project_id in sorted(projects)]
        chosen = [project for project in found if project is not None]
        problems = [*problems, *absent, *wrong, *measurement_problems(how, chosen)]
        if problems:
            raise InvalidInput(problems)
        for project in chosen:
            uow.projects.touch(project.id)
            order = Order(project.id, kind, how.queue, how.priority)
            payload = {**measurement_payload(project, how, kind), **_group(uow, how), **extra}
            ids += uow.runs.add(
                [
                    queued_run(app, order, model.id, (kind, payload, needed_by(model)))
                    for model in models
                    if model.project_id == project.id
                ]
            )
        note_runs(uow, app, Action.QUEUED, ids, told=kind.value)
        uow.commit()
    dispatch_unsent(app)
    return tuple(ids)


def _of_group(uow: UnitOfWork, how: Measurement) -> tuple[Measurement, list[Problem]]:
    """Return how to measure on the data set and split of the saved group, and a problem if that is gone."""
    if how.group_id is None:
        return how, []
    group = uow.instance_groups.get(how.group_id)
    if group is None:
        message = f"There is no saved group with id {how.group_id}."
        return how, [Problem("group_id", message, "It was deleted; choose another one.")]
    return replace(how, dataset_id=group.dataset_id, split=group.split), []


def _group(uow: UnitOfWork, how: Measurement) -> dict[str, Any]:
    group = None if how.group_id is None else uow.instance_groups.get(how.group_id)
    return {} if group is None else {"group_id": int(group.id), "group": group.mark}


def measurable_models(uow: UnitOfWork, model_ids: Sequence[ModelId]) -> tuple[list[Model], list[Problem]]:
    """Return the models that exist, and what stands against measuring those asked for."""
    found = uow.models.get(model_ids)
    problems = [] if model_ids else [Problem("model_ids", "No model is chosen.", "Choose at least one.")]
    for model_id in dict.fromkeys(model_ids):
        model = found.get(model_id)
        if model is None or model.deleted_at is not None:
            message = f"There is no model with id {model_id}."
            problems.append(Problem("model_ids", message, "Choose one from the list of models."))
        elif model.status in UNSUCCESSFUL:
            message = (
                f"The model {model.name} ({model.id}) does not exist: making it ended as {model.status}."
            )
            problems.append(Problem("model_ids", message, "Retry its run in the queue first."))
        elif model.ready and model.artifact is None:
            message = f"The model {model.name} ({model.id}) was imported only as figures, without weights."
            problems.append(
                Problem("model_ids", message, "Add the model itself to a project, then use that.")
            )
    return [found[model_id] for model_id in dict.fromkeys(model_ids) if model_id in found], problems


def measurement_problems(how: Measurement, projects: Sequence[Project]) -> list[Problem]:
    """Return what is wrong with how to measure in these projects."""
    problems = queue_problems(how.queue, how.priority)
    for field, value in (("instances", how.instances), ("batch_size", how.batch_size)):
        if value is not None and not 1 <= value <= MOST_INSTANCES:
            hint = f"Use a whole number from 1 to {MOST_INSTANCES:,}."
            problems.append(Problem(field, f"{value} cannot be used as {field.replace('_', ' ')}.", hint))
    if how.precision is not None and how.precision not in PRECISIONS:
        message = f"There is no precision {how.precision!r}."
        problems.append(Problem("precision", message, f"Use {', '.join(PRECISIONS)}."))
    if how.split is not None and how.split not in SPLITS:
        problems.append(Problem("split", f"There is no split {how.split!r}.", "Use train or test."))
    for project in projects:
        known = [entry.id for entry in project.datasets]
        if not known or (how.dataset_id is not None and how.dataset_id not in known):
            message = f"The project {project.name} does not have the data set that is needed."
            problems.append(Problem("dataset_id", message, "Choose one of its data sets, or add one."))
    return problems


def measurement_payload(project: Project, how: Measurement, kind: RunKind) -> dict[str, Any]:
    """Return the payload of a run that measures; the project has data."""
    usual = project.protocol.quality or QualityCondition(project.datasets[0].id)
    dataset_id, split = how.dataset_id or usual.dataset_id, how.split or usual.split
    instances = how.instances
    like_protocol = kind is RunKind.EVALUATE or how.group_id is not None
    if like_protocol and (dataset_id, split) == (usual.dataset_id, usual.split):
        instances = instances or usual.instances
    payload: dict[str, Any] = {
        "dataset_id": int(dataset_id),
        "split": split,
        "precision": how.precision or usual.precision,
    }
    optional = {"instances": instances, "batch_size": how.batch_size}
    return payload | {name: value for name, value in optional.items() if value is not None}


def needed_by(model: Model) -> tuple[RunId, ...]:
    """Return the runs that must succeed before a model can be measured."""
    return () if model.ready or model.making_run_id is None else (model.making_run_id,)


def _with_activations(uow: UnitOfWork, model_ids: Collection[ModelId]) -> set[ModelId]:
    """Return the models that have activation statistics, or a run under way that makes them."""
    coming = {
        run.model_id
        for run in uow.runs.of_models(model_ids)
        if run.kind is RunKind.LAYERS and run.status in ACTIVE
    }
    return coming | uow.evaluations.with_layer_statistics(model_ids, kind=LayerKind.ACTIVATIONS)


def completed(
    uow: UnitOfWork, app: Application, step: Step, model: Model | None
) -> tuple[Step, list[Problem]]:
    """Return the step with every parameter, and what is wrong with it for a model, at `step`."""
    catalogue = catalogue_of(uow, app)
    try:
        spec = catalogue.technique(step.technique)
    except UnknownName as error:
        return step, [Problem("step.technique", error.message, error.hint)]
    sweep = SweepStep(step.technique, {name: (value,) for name, value in step.parameters.items()}, step.rules)
    complete, problems = completed_step(sweep, spec, field="step")
    project = uow.projects.find(model.project_id) if model else None
    if model is not None and project is not None:
        placed = PlacedStep("step", complete, spec)
        problems += foreseen(Bases(uow, [model]), project, [placed], catalogue)
    return (step, problems) if problems else (next(complete.steps()), [])
