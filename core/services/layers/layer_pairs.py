"""Queue comparisons of the layers of any two models of a project, and tell what is known of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.access.caller import Role
from core.domain.ids import ModelId, RunId
from core.domain.measurement.evaluation import PAIRED_KINDS, LayerKind
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, Run, RunKind
from core.errors import InvalidInput, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.roles import needs
from core.services.application import Application
from core.services.layers.layer_statistics import kinds_against
from core.services.measurements.measurements import (
    PROBE_INSTANCES,
    Measurement,
    measurable_models,
    measurement_payload,
    measurement_problems,
    needed_by,
)
from core.services.planning.creation import Order, queued_run
from core.services.queue.dispatch import dispatch_unsent

PAIR = (LayerKind.WEIGHTS, LayerKind.ACTIVATIONS)


@dataclass(frozen=True)
class PairState:
    """What is there of a model's layers against a baseline.

    stored: kinds that can be read. coming: kinds that runs under way will bring. run: the latest run that
    was queued for the pair, None if there never was one; its status and error tell why a kind is missing.
    """

    stored: frozenset[LayerKind]
    coming: frozenset[LayerKind]
    run: Run | None


@needs(Role.EDITOR)
def queue_layer_comparison(
    app: Application,
    model_id: ModelId,
    baseline_id: ModelId,
    how: Measurement | None = None,
    *,
    kinds: Iterable[LayerKind] = PAIR,
) -> RunId | None:
    """Queue a run that compares the layers of two models; return it, or the one under way that does.

    None where all kinds are stored already. Kinds that are stored or coming are left out, but activations are
    gathered again of another number of instances. Without data in the project only weights are compared. The
    result is read with `layers.layer_statistics` and its `baseline_id`.

    Raises:
        InvalidInput: every problem, at `model_ids`, `baseline_id`, `kinds`, `dataset_id`, `queue` and so on.
    """
    chosen = how or Measurement()
    wanted = list(dict.fromkeys(LayerKind(kind) for kind in kinds))
    with app.unit_of_work(writing=True) as uow:
        models, problems = measurable_models(uow, list(dict.fromkeys([model_id, baseline_id])))
        project = uow.projects.find(models[0].project_id) if models else None
        problems += [*pair_problems(model_id, baseline_id, models), *_kind_problems(wanted)]
        if project is not None and project.datasets:
            problems += measurement_problems(chosen, [project])
        elif LayerKind.WEIGHTS in wanted:
            wanted = [LayerKind.WEIGHTS]  # without data
        elif project is not None:
            problems += measurement_problems(chosen, [project])
        if problems or project is None:
            raise InvalidInput(problems)
        uow.projects.touch(project.id)  # whoever asks at the same time waits here
        state = _state(uow, model_id, baseline_id)
        have = state.stored - ({LayerKind.ACTIVATIONS} if _other_number(state, chosen) else set())
        missing = [kind for kind in wanted if kind not in state.coming | have]
        if not missing:
            coming = state.coming.intersection(wanted)
            return state.run.id if coming and state.run is not None else None
        run_id = _add(uow, app, models, (project, chosen, baseline_id, missing))
        uow.commit()
    dispatch_unsent(app)
    return run_id


def pair_state(app: Application, model_id: ModelId, baseline_id: ModelId) -> PairState:
    """Return what is there of a model's layers against a baseline, and what is on its way."""
    with app.unit_of_work() as uow:
        return _state(uow, model_id, baseline_id)


def _other_number(state: PairState, how: Measurement) -> bool:
    """Return whether activations are wanted of another number of instances than the latest run had."""
    usual = state.run.payload.get("instances", PROBE_INSTANCES) if state.run else PROBE_INSTANCES
    return how.instances is not None and how.instances != usual


def pair_problems(model_id: ModelId, baseline_id: ModelId, models: Sequence[Model]) -> list[Problem]:
    """Return what stands against comparing these two models."""
    problems = []
    if model_id == baseline_id:
        message = f"The model {model_id} is its own baseline."
        problems.append(Problem("baseline_id", message, "Choose another model to compare with."))
    if len({model.project_id for model in models}) > 1:
        message = f"The models {model_id} and {baseline_id} are of different projects."
        problems.append(Problem("baseline_id", message, "Choose two models of one project."))
    return problems


def _kind_problems(kinds: Sequence[LayerKind]) -> list[Problem]:
    strange = [kind for kind in kinds if kind not in PAIRED_KINDS]
    if kinds and not strange:
        return []
    message = f"{strange[0]} compares no models." if strange else "No kind of figures is chosen."
    return [Problem("kinds", message, f"Use {', '.join(sorted(PAIRED_KINDS))}.")]


def _add(
    uow: UnitOfWork,
    app: Application,
    models: Sequence[Model],
    work: tuple[Project, Measurement, ModelId, Sequence[LayerKind]],
) -> RunId:
    project, how, baseline_id, kinds = work
    measured = measurement_payload(project, how, RunKind.LAYER_PAIR) if project.datasets else {}
    payload: dict[str, Any] = {"baseline_id": int(baseline_id), "kinds": [kind.value for kind in kinds]}
    waits_for = tuple(run_id for model in models for run_id in needed_by(model))
    order = Order(project.id, RunKind.LAYER_PAIR, how.queue, how.priority)
    model = next(model for model in models if model.id != baseline_id)
    run = queued_run(app, order, model.id, (RunKind.LAYER_PAIR, {**measured, **payload}, waits_for))
    return uow.runs.add([run])[0]


def _state(uow: UnitOfWork, model_id: ModelId, baseline_id: ModelId) -> PairState:
    runs = [
        run
        for run in uow.runs.of_models([model_id])
        if run.kind is RunKind.LAYER_PAIR and run.payload.get("baseline_id") == baseline_id
    ]
    active = [run for run in runs if run.status in ACTIVE]
    coming = {LayerKind(kind) for run in active for kind in run.payload["kinds"]}
    latest = max(active or runs, key=lambda run: run.id, default=None)
    stored = kinds_against(uow, model_id, baseline_id)
    return PairState(frozenset(stored), frozenset(coming), latest)
