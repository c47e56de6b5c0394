"""From behaviour to layer: where a group of instances drifts more than random ones. Queue it and read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.access.caller import Role
from core.domain.data.instances import ID
from core.domain.ids import DatasetId, InstanceGroupId, ModelId, RunId
from core.domain.measurement.evaluation import Arrays
from core.domain.model import Model
from core.domain.queue.run import ACTIVE, Run, RunKind
from core.errors import InvalidInput, NotFound, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.roles import needs
from core.services.application import Application
from core.services.layers.layer_pairs import pair_problems
from core.services.measurements.measurements import (
    Measurement,
    measurable_models,
    measurement_problems,
    needed_by,
)
from core.services.planning.creation import Order, queued_run
from core.services.queue.dispatch import dispatch_unsent

MOST_INSTANCES = 2000
FEWEST_INSTANCES = 2


@dataclass(frozen=True)
class InstanceChoice:
    """Instances of a split by their ids, and what they are called for people, e.g. `regressions to cat`."""

    dataset_id: DatasetId
    split: str
    ids: tuple[str, ...]
    label: str = ""

    @property
    def key(self) -> str:
        """What is the same for the same instances in any order."""
        content = json.dumps([int(self.dataset_id), self.split, sorted(set(self.ids))])
        return hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class LayerDrift:
    """How the layers drift for a group; arrays as of `core.inspection.drift.group_drift`, empty before.

    run: the latest that was queued for it; None if there never was one.
    """

    choice: InstanceChoice
    arrays: Arrays
    run: Run | None


@needs(Role.EDITOR)
def queue_layer_drift(
    app: Application,
    model_id: ModelId,
    baseline_id: ModelId,
    choice: InstanceChoice,
    how: Measurement | None = None,
) -> RunId | None:
    """Queue a run that compares the drift of a group with that of random groups of its size; return it.

    Return the run under way where there is one; None where the result is stored.

    Raises:
        InvalidInput: every problem, at `model_ids`, `baseline_id`, `instances`, `dataset_id`, `queue` ...
    """
    chosen = how or Measurement(dataset_id=choice.dataset_id, split=choice.split)
    ids = tuple(dict.fromkeys(choice.ids))
    with app.unit_of_work(writing=True) as uow:
        models, problems = measurable_models(uow, list(dict.fromkeys([model_id, baseline_id])))
        project = uow.projects.find(models[0].project_id) if models else None
        problems += pair_problems(model_id, baseline_id, models)
        problems += measurement_problems(chosen, [project] if project else [])
        if not FEWEST_INSTANCES <= len(ids) <= MOST_INSTANCES:
            message = f"{len(ids):,} instances cannot be compared with random groups."
            hint = f"Choose from {FEWEST_INSTANCES} to {MOST_INSTANCES:,}."
            problems.append(Problem("instances", message, hint))
        if problems or project is None:
            raise InvalidInput(problems)
        uow.projects.touch(project.id)
        active = [run for run in _runs(uow, model_id, baseline_id, choice.key) if run.status in ACTIVE]
        if active:
            return active[-1].id
        if uow.layer_pairs.drift(model_id, baseline_id, choice.key):
            return None
        payload = {
            "baseline_id": int(baseline_id),
            "dataset_id": int(choice.dataset_id),
            "split": choice.split,
            "ids": list(ids),
            "label": choice.label,
            "key": choice.key,
        }
        order = Order(project.id, RunKind.DRIFT, chosen.queue, chosen.priority)
        waits_for = _needed(models)
        run = queued_run(app, order, model_id, (RunKind.DRIFT, payload, waits_for))
        (run_id,) = uow.runs.add([run])
        uow.commit()
    dispatch_unsent(app)
    return run_id


def group_choice(app: Application, group_id: InstanceGroupId) -> InstanceChoice:
    """Return the instances of a saved group.

    Raises:
        NotFound: the group was deleted.
        InvalidInput: at `instances`, the instances of its data are not kept.
    """
    with app.unit_of_work() as uow:
        group = uow.instance_groups.get(group_id)
        if group is None:
            raise NotFound(f"There is no saved group with id {group_id}.", "Reload the page.")
        kept = uow.instances.of(group.dataset_id, group.split, group.fingerprint)
        names = uow.instances.arrays(kept.id, (ID,)).get(ID) if kept else None
    if names is None:
        message = f"The instances of {group.name} are not kept, so they cannot be told from others."
        raise InvalidInput.of("instances", message, "Evaluate a model again, which keeps them.")
    chosen = tuple(str(names[place]) for place in group.positions)
    return InstanceChoice(group.dataset_id, group.split, chosen, group.name)


def layer_drifts(app: Application, model_id: ModelId, baseline_id: ModelId) -> list[LayerDrift]:
    """Return what was asked for of a pair of models, the latest first, once per group of instances."""
    with app.unit_of_work() as uow:
        latest = {str(run.payload["key"]): run for run in _runs(uow, model_id, baseline_id)}
        runs = sorted(latest.values(), key=lambda run: -run.id)
        return [
            LayerDrift(_choice(run), uow.layer_pairs.drift(model_id, baseline_id, key), run)
            for run in runs
            for key in [str(run.payload["key"])]
        ]


def _choice(run: Run) -> InstanceChoice:
    told = run.payload
    return InstanceChoice(
        DatasetId(int(told["dataset_id"])), str(told["split"]), tuple(told["ids"]), str(told.get("label", ""))
    )


def _runs(uow: UnitOfWork, model_id: ModelId, baseline_id: ModelId, key: str | None = None) -> list[Run]:
    return [
        run
        for run in uow.runs.of_models([model_id])
        if run.kind is RunKind.DRIFT
        and run.payload["baseline_id"] == baseline_id
        and key in {None, run.payload["key"]}
    ]


def _needed(models: Sequence[Model]) -> tuple[RunId, ...]:
    return tuple(run_id for model in models for run_id in needed_by(model))
