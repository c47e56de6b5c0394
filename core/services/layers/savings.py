"""Why a model is not smaller or faster than another: what its bytes and its time are spent on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.comparison.savings.finding import Measured, Timed, size_statements, speed_statements
from core.comparison.savings.statements import Statement
from core.comparison.savings.tables import (
    KindBytes,
    LayerTime,
    TensorBytes,
    bytes_by_kind,
    layer_times,
    tensors,
)
from core.comparison.savings.words import paragraph
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind, Profile, crowded, machine_changed
from core.domain.measurement.figures import of_artifact
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.layers.layer_statistics import baseline_of, layer_statistics

_WEIGHTS = ("parameter", "stands_for", "zeros")
_TIMES = ("latency_ms_b64", "latency_ms_b1")
"""Median times, the preferred one first."""


@dataclass(frozen=True)
class Savings:
    """Where the bytes and the time of a model go, beside a baseline.

    baseline: None for a model that has none. kinds: bytes by use, which add up to the file; tensors: the
    same by tensor, the largest first. layers: time by layer, empty without a profile. size, speed: what
    follows. missing: what was not measured, and what measures it.
    """

    model: Model
    baseline: Model | None
    kinds: tuple[KindBytes, ...]
    tensors: tuple[TensorBytes, ...]
    layers: tuple[LayerTime, ...]
    size: tuple[Statement, ...]
    speed: tuple[Statement, ...]
    missing: tuple[str, ...]

    @property
    def paragraph(self) -> str:
        """All statements in words."""
        return paragraph((*self.size, *self.speed))


def savings(app: Application, model_id: ModelId, baseline_id: ModelId | None = None) -> Savings:
    """Return where a model's bytes and time go, beside the baseline or else the base; loads no checkpoint.

    Raises:
        NotFound: there is no such model.
    """
    if baseline_id is None:
        found = baseline_of(app, model_id)
        baseline_id = found.id if found else None
    weights = layer_statistics(app, model_id, LayerKind.WEIGHTS, baseline_id, names=_WEIGHTS)
    with app.unit_of_work() as uow:
        wanted = [model_id, *([] if baseline_id is None else [baseline_id])]
        models = uow.models.get(wanted)
        for one in wanted:
            if one not in models:
                raise NotFound(f"There is no model with id {one}.", "Choose one from the list of models.")
        project = uow.projects.find(models[model_id].project_id)
        stored, cost = _both(uow, wanted, LayerKind.STORAGE), _both(uow, wanted, LayerKind.COST)
        timed = _timed(uow, [models[one] for one in wanted], project) if project else None
    names = _counterparts(weights)
    owners = {name.rpartition(".")[0]: old.rpartition(".")[0] for name, old in names.items()}
    if len(cost[1]) and cost[0].get("device", [""])[0] != cost[1]["device"][0]:
        cost = cost[0], {}  # times of two devices are not compared
    given = Measured(
        kinds=bytes_by_kind(*stored),
        tensors=tensors(*stored, names),
        layers=layer_times(*cost, owners),
        zeros=_zeros(weights),
        timed=timed,
        **_operations(models, wanted),
    )
    return Savings(
        models[model_id],
        None if baseline_id is None else models[baseline_id],
        tuple(given.kinds),
        tuple(given.tensors),
        tuple(given.layers),
        size_statements(given),
        speed_statements(given),
        tuple(_missing(stored, cost, compared=baseline_id is not None)),
    )


def _both(uow: UnitOfWork, wanted: Sequence[ModelId], kind: LayerKind) -> tuple[Arrays, Arrays]:
    found = [uow.evaluations.layer_statistics(model_id, kind=kind) for model_id in wanted]
    return found[0], found[1] if len(found) > 1 else {}


def _counterparts(weights: Arrays) -> dict[str, str]:
    """Return the baseline's parameter by name of the model's, where the names differ."""
    if "stands_for" not in weights:
        return {}
    pairs = zip(map(str, weights["parameter"]), map(str, weights["stands_for"]), strict=True)
    return {name: old for name, old in pairs if old and old != name}


def _zeros(weights: Arrays) -> dict[str, int]:
    if "zeros" not in weights or "parameter" not in weights:
        return {}
    return dict(zip(map(str, weights["parameter"]), map(int, weights["zeros"]), strict=True))


def _operations(models: dict[ModelId, Model], wanted: Sequence[ModelId]) -> dict[str, float | None]:
    metrics = models[wanted[0]].metrics
    before = models[wanted[1]].metrics if len(wanted) > 1 else {}
    return {
        "sparsity": metrics.get("sparsity"),
        "flops": metrics.get("flops"),
        "flops_before": before.get("flops"),
    }


def _timed(uow: UnitOfWork, models: Sequence[Model], project: Project) -> Timed | None:
    """Return times of both models under the project's protocol, as far as they are of the present weights."""
    if len(models) < 2:
        return None
    found: list[Profile] = []
    for model in models:
        current = of_artifact(uow.evaluations.profiles_of_model(model.id), model.artifact)
        usual = [one for one in current if one.condition == project.protocol.efficiency]
        found += usual[:1]
    name = next((each for each in _TIMES if all(each in one.metrics for one in found)), None)
    if len(found) < len(models) or name is None:
        return None
    metric = next((each for each in project.metrics if each.name == name), None)
    environments = [one.environment for one in found]
    busy = any(map(crowded, environments)) or machine_changed(*environments)
    return Timed(_label(metric, name), found[1].metrics[name], found[0].metrics[name], busy)


def _label(metric: MetricDefinition | None, name: str) -> str:
    return metric.label if metric is not None else name


def _missing(stored: tuple[Arrays, Arrays], cost: tuple[Arrays, Arrays], *, compared: bool) -> Sequence[str]:
    found = []
    unknown = "are not known yet: a profile, or any other run that loads it, writes them down."
    if not stored[0]:
        found.append(f"The bytes of the model's file {unknown}")
    if compared and not stored[1]:
        found.append(f"The bytes of the baseline's file {unknown}")
    if not cost[0]:
        found.append("The time of its layers was not measured: queue a profile.")
    elif compared and not cost[1]:
        found.append("The time of the baseline's layers was not measured on this device: queue a profile.")
    return found
