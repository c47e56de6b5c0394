"""Insert models with everything they need to come into being: edges, runs and what those wait for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.domain.ids import ExperimentId, ModelId, ProjectId, RunId
from core.domain.model import Model, Source
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest, Plan, PlannedModel
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, Run, RunKind, RunStatus
from core.domain.recipe import Step
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.queue.cancellation import retry_all


@dataclass(frozen=True)
class Order:
    """What all models inserted at once have in common. `payload` is that of their making runs.

    gives_up: each step waits for the evaluation of the model before it, which may end the branch.
    """

    project_id: ProjectId
    kind: RunKind
    queue: str = "cpu"
    priority: int = 0
    experiment_id: ExperimentId | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    gives_up: bool = False


@dataclass(frozen=True)
class NewModel:
    """A model about to be inserted: made by `step` from `parent_id` (and a teacher), or from a `source`."""

    name: str
    identity: str
    seed: int = 0
    step: Step | None = None
    source: Source | None = None
    parent_id: ModelId | None = None
    teacher_id: ModelId | None = None

    @property
    def parents(self) -> tuple[ModelId, ...]:
        """The models it is made from."""
        return tuple(one for one in (self.parent_id, self.teacher_id) if one is not None)


def carry_out(
    uow: UnitOfWork, app: Application, *, request: ExperimentRequest, plan: Plan, experiment_id: ExperimentId
) -> tuple[tuple[ModelId, ...], int]:
    """Insert the new models of a plan, generation by generation, and retry the reused ones that failed.

    Return one id per planned model, and how many models are tried again.
    """
    ids: dict[int, ModelId] = {
        index: planned.existing_id
        for index, planned in enumerate(plan.models)
        if planned.existing_id is not None
    }
    retried = _retry_unsuccessful(uow, app, list(ids.values()))
    order = Order(
        project_id=request.project_id,
        kind=RunKind.COMPRESS,
        queue=request.queue,
        priority=request.priority,
        experiment_id=experiment_id,
        gives_up=request.gives_up,
    )
    pending = [index for index in range(len(plan.models)) if index not in ids]
    while pending:
        ready = [index for index in pending if _parent_exists(plan.models[index], ids)]
        made = add_models(uow, app, [_new_model(plan.models[index], ids) for index in ready], order)
        ids.update(zip(ready, made, strict=True))
        pending = [index for index in pending if index not in ids]
    return tuple(ids[index] for index in range(len(plan.models))), retried


def add_models(uow: UnitOfWork, app: Application, models: Sequence[NewModel], order: Order) -> list[ModelId]:
    """Insert models whose parents exist, with a making run each and the runs that measure them."""
    project = uow.projects.find(order.project_id)
    if project is None:
        raise NotFound(f"There is no project with id {order.project_id}.", "Open the list of projects.")
    now = app.clock.now()
    ids = uow.models.add(
        [
            Model(
                id=ModelId(0),
                project_id=order.project_id,
                name=model.name,
                identity=model.identity,
                status=RunStatus.QUEUED,
                created_at=now,
                parent_id=model.parent_id,
                teacher_id=model.teacher_id,
                step=model.step,
                source=model.source,
                seed=model.seed,
                experiment_id=order.experiment_id,
                author=app.caller.name,
            )
            for model in models
        ]
    )
    making = _add_making_runs(uow, app, list(zip(ids, models, strict=True)), (order, project))
    _add_measuring_runs(uow, app, list(zip(ids, making, strict=True)), (order, project))
    return ids


def measuring(project: Project) -> tuple[tuple[RunKind, Mapping[str, Any]], ...]:
    """Return the runs that measure each new model under the project's protocol, with their payloads."""
    protocol = project.protocol.quality
    if protocol is None:
        return ()
    data: dict[str, Any] = {"dataset_id": int(protocol.dataset_id), "split": protocol.split}
    sample = {} if protocol.instances is None else {"instances": protocol.instances}
    return (
        (RunKind.EVALUATE, {**data, **sample, "precision": protocol.precision}),
        (RunKind.PROFILE, data),
    )


def _add_making_runs(
    uow: UnitOfWork,
    app: Application,
    made: Sequence[tuple[ModelId, NewModel]],
    context: tuple[Order, Project],
) -> list[RunId]:
    order, project = context
    parents = uow.models.get({parent_id for _, model in made for parent_id in model.parents})
    payload = dict(order.payload)
    if project.evaluated_on is not None:
        payload = {"dataset_id": int(project.evaluated_on.id), "split": "train", **payload}
    evaluating = _evaluating(uow, parents) if order.gives_up else {}
    runs = []
    for model_id, model in made:
        above = (parents[parent_id] for parent_id in model.parents)
        waits_for = tuple(
            one.making_run_id for one in above if not one.ready and one.making_run_id is not None
        )
        judged = evaluating.get(model.parent_id, ()) if model.parent_id else ()
        runs.append(queued_run(app, order, model_id, (order.kind, payload, (*waits_for, *judged))))
    return uow.runs.add(runs)


def _evaluating(uow: UnitOfWork, models: Collection[ModelId]) -> dict[ModelId, list[RunId]]:
    """Return the evaluations of models that have not ended."""
    found: dict[ModelId, list[RunId]] = {}
    for run in uow.runs.of_models(models):
        if run.kind is RunKind.EVALUATE and run.status in ACTIVE:
            found.setdefault(run.model_id, []).append(run.id)
    return found


def _add_measuring_runs(
    uow: UnitOfWork,
    app: Application,
    made: Sequence[tuple[ModelId, RunId]],
    context: tuple[Order, Project],
) -> None:
    order, project = context
    uow.runs.add(
        [
            queued_run(app, order, model_id, (kind, payload, (making_id,)))
            for model_id, making_id in made
            for kind, payload in measuring(project)
        ]
    )


def queued_run(
    app: Application,
    order: Order,
    model_id: ModelId,
    work: tuple[RunKind, Mapping[str, Any], tuple[RunId, ...]],
) -> Run:
    """Return a run to insert: its kind and payload, and the runs that it waits for."""
    kind, payload, waits_for = work
    now = app.clock.now()
    return Run(
        id=RunId(0),
        project_id=order.project_id,
        model_id=model_id,
        kind=kind,
        status=RunStatus.WAITING if waits_for else RunStatus.QUEUED,
        created_at=now,
        experiment_id=order.experiment_id,
        payload=payload,
        queue=order.queue,
        priority=order.priority,
        max_attempts=app.limits.max_attempts,
        queued_at=None if waits_for else now,
        waits_for=waits_for,
        author=app.caller.name,
    )


def _parent_exists(planned: PlannedModel, ids: Mapping[int, ModelId]) -> bool:
    return planned.parent is None or planned.parent in ids


def _new_model(planned: PlannedModel, ids: Mapping[int, ModelId]) -> NewModel:
    parent_id = planned.base_id if planned.parent is None else ids[planned.parent]
    new = NewModel(planned.name, planned.identity, planned.seed, step=planned.step, parent_id=parent_id)
    return replace(new, teacher_id=planned.teacher_id)


def _retry_unsuccessful(uow: UnitOfWork, app: Application, model_ids: Sequence[ModelId]) -> int:
    failed = [
        model.making_run_id
        for model in uow.models.get(model_ids).values()
        if model.status in UNSUCCESSFUL and model.making_run_id is not None
    ]
    retry_all(uow, failed, app.clock.now(), more_attempts=app.limits.max_attempts)
    return len(failed)
