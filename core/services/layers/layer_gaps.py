"""What is not stored of the layers of models, why, and which run would make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.run import ACTIVE, RunKind
from core.persistence.unit_of_work import UnitOfWork
from core.services.layers.layer_rows import Stored

_RUNS = {LayerKind.ACTIVATIONS: RunKind.LAYERS, LayerKind.COST: RunKind.PROFILE}
_NOTHING = {
    LayerKind.WEIGHTS: "its weights were not looked at when it was made",
    LayerKind.ACTIVATIONS: "its activations were not looked at yet",
    LayerKind.COST: "it was not profiled under the project's protocol yet",
}


@dataclass(frozen=True)
class Gap:
    """Something that is missing: the reason, and the kind of run that makes it, which may be under way."""

    reason: str
    run: RunKind | None = None
    coming: bool = False


def gaps_of(
    uow: UnitOfWork, models: Sequence[Model], rows: Mapping[ModelId, Stored], kind: LayerKind
) -> dict[ModelId, list[Gap]]:
    """Return what is missing of each model; the first is the baseline, with which others are compared."""
    runs = uow.runs.of_models([model.id for model in models])
    baseline = models[0]
    coming = {
        (run.model_id, run.kind)
        for run in runs
        if run.status in ACTIVE
        and (run.kind is not RunKind.LAYER_PAIR or run.payload.get("baseline_id") == baseline.id)
    }
    found: dict[ModelId, list[Gap]] = {}
    others = uow.models.get({ModelId(row.other) for row in rows.values() if row.other})
    for model in models:
        gap = _gap(model, baseline, rows.get(model.id), kind, others)
        if gap is not None:
            under_way = gap.run is not None and (model.id, gap.run) in coming
            found[model.id] = [Gap(gap.reason, gap.run, under_way)]
    return found


def _gap(
    model: Model,
    baseline: Model,
    row: Stored | None,
    kind: LayerKind,
    others: Mapping[ModelId, Model],
) -> Gap | None:
    run = _RUNS.get(kind) if model.artifact is not None else None
    if row is None and model.artifact is None:
        return Gap("it was made elsewhere, and its weights are not here")
    if row is None:
        return Gap(_NOTHING[kind], run)
    if kind is LayerKind.COST or model is baseline or row.other == baseline.id:
        return None
    able = RunKind.LAYER_PAIR if model.artifact is not None and baseline.artifact is not None else None
    if row.problem:
        return Gap(f"its comparison with the baseline failed: {row.problem.rstrip('.')}", able)
    if not row.other:
        return Gap("its layers were not compared with this baseline yet", able)
    other = others.get(ModelId(row.other))
    named = f"{other.name} ({other.id})" if other else f"model {row.other}"
    return Gap(f"its layers were compared with {named}, not with this baseline", able)
