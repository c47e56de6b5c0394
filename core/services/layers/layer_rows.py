"""Reading what is stored of the layers of several models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.comparison.layers.figures import Mode
from core.comparison.layers.tree import merged
from core.comparison.layers.values import leaf_names
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import PAIRED_KINDS, Arrays, LayerKind
from core.persistence.unit_of_work import UnitOfWork

KINDS: Mapping[Mode, LayerKind] = {
    Mode.SPARSITY: LayerKind.WEIGHTS,
    Mode.WEIGHTS: LayerKind.WEIGHTS,
    Mode.STORAGE: LayerKind.WEIGHTS,
    Mode.ACTIVATIONS: LayerKind.ACTIVATIONS,
    Mode.COST: LayerKind.COST,
    Mode.SENSITIVITY: LayerKind.COST,
}
_COMPARED = frozenset(
    {
        "zeros_both", "zeros_gained", "zeros_lost", "mean_abs_change", "relative_l2", "cosine", "sqnr_db",
        "sqnr_local_db", "cka", "standing", "stands_for", "shape_before",
    }
)  # fmt: skip
_SCALARS = (
    "parameter", "module", "module_type", "call", "baseline", "count", "zeros", "nans", "infinities", "mean",
    "std", "mean_abs", "distinct", "range_low", "range_high", "form", "stored_bits", "code_bits",
    "standing", "stands_for", "shape", "shape_before", "granularity", "scale_min", "scale_max", "calls",
    "parameters", "flops", "time_ms", "time_share",
    *_COMPARED,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Stored:
    """Rows of one model.

    names: of its leaves. other: the model its arrays compare it with, 0 for none. paired: whether they are of
    a comparison of these two models that was asked for. problem: why such a comparison failed.
    """

    names: Sequence[str]
    arrays: Arrays
    other: int
    paired: bool = False
    problem: str = ""


def stored_rows(
    uow: UnitOfWork, model_ids: Sequence[ModelId], baseline_id: ModelId, mode: Mode
) -> dict[ModelId, Stored]:
    """Return the numbers of each model that has any; comparisons with another model are left out."""
    found = {}
    every = uow.evaluations.layer_statistics_of(model_ids, kind=KINDS[mode], names=_SCALARS)
    for model_id, made in every.items():
        read, paired, problem = made, False, ""
        against = _other(made) == baseline_id or model_id == baseline_id
        if KINDS[mode] in PAIRED_KINDS and not against:
            pair = uow.layer_pairs.arrays(
                model_id, baseline_id, kind=KINDS[mode], names=(*_SCALARS, "problem")
            )
            paired = "module" in pair
            read = pair if paired else made
            problem = str(np.asarray(pair["problem"])[0]) if "problem" in pair else ""
        if "module" in read:
            other = int(baseline_id) if paired else _other(read)
            arrays = {
                name: array for name, array in read.items() if other == baseline_id or name not in _COMPARED
            }
            found[model_id] = Stored(leaf_names(mode, arrays), arrays, other, paired, problem)
    return found


def _other(arrays: Arrays) -> int:
    return int(np.asarray(arrays["baseline"])[0]) if "baseline" in arrays else 0


def module_types(uow: UnitOfWork, model_ids: Sequence[ModelId], rows: Iterable[Stored]) -> dict[str, str]:
    """Return the type of each module of the models; the first model that has one of a name counts."""
    tables = uow.evaluations.layer_statistics_of(
        model_ids, kind=LayerKind.MODULES, names=("module", "module_type")
    )
    found: dict[str, str] = {}
    known = [tables[model_id] for model_id in model_ids if model_id in tables]
    for arrays in [*known, *(row.arrays for row in rows)]:
        if "module_type" in arrays:
            for name, kind in zip(arrays["module"], arrays["module_type"], strict=True):
                found.setdefault(str(name), str(kind))
    return found


def execution(uow: UnitOfWork, model_ids: Sequence[ModelId]) -> dict[str, int]:
    """Return the place of each call in a forward pass; what a later model adds lies where it runs there."""
    for kind, names in ((LayerKind.ACTIVATIONS, ("module", "call")), (LayerKind.COST, ("module",))):
        tables = uow.evaluations.layer_statistics_of(model_ids, kind=kind, names=names)
        known = [tables[model_id] for model_id in model_ids if model_id in tables]
        if known:
            mode = Mode.ACTIVATIONS if kind is LayerKind.ACTIVATIONS else Mode.COST
            ordered = merged(leaf_names(mode, arrays) for arrays in known)
            return {name: place for place, name in enumerate(ordered)}
    return {}
