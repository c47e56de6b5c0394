"""Weights of one stored model against those of another, whose modules may differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from core.compression.checkpoints.checkpoint import StoredForm
from core.compression.structure.low_rank import LowRank
from core.domain.measurement.evaluation import Standing
from core.domain.measurement.formulas import sqnr_db
from core.inspection.counterparts import MatchedWeights, Matching
from core.inspection.tensors.distances import Distance, distance
from core.inspection.weights import Arrays, weight_statistics
from core.ports import Progress

_TEXTS = np.dtypes.StringDType()


def weight_pair(
    matching: Matching,
    values: Mapping[str, Tensor],
    baseline: Mapping[str, Tensor],
    *,
    forms: Mapping[str, StoredForm] | None = None,
    progress: Progress | None = None,
) -> Arrays:
    """Return the arrays of `weight_statistics` against any baseline, and what stands for what.

    values, baseline: weights by name, of which one at a time is asked for. forms: how each is stored.

    standing: text, see `Standing`. stands_for: text, the baseline's weight, empty where it has none.
    shape, shape_before: text such as `64 x 3 x 7 x 7`, the latter empty where there is none.
    Figures of change of reshaped weights are against what the lineage's cuts left of the baseline's; NaN
    where that is not known. Of factors relative_l2, cosine and sqnr_db are those of their product against the
    weight it stands for.

    removed, removed_module, removed_type, removed_shape: text `(removed,)`, weights of the baseline that
    nothing stands for. removed_count: int64, their numbers.
    """
    arrays = weight_statistics(
        matching.module,
        values=values,
        baseline=MatchedWeights(baseline, matching),
        forms=forms,
        progress=progress,
    )
    found = [matching.weights[str(name)] for name in arrays["parameter"]]
    before = dict(matching.other.named_parameters())
    now = dict(matching.module.named_parameters())
    apart = _products(matching, values, baseline)
    for row, name in enumerate(arrays["parameter"].tolist()):
        if name in apart:
            arrays["relative_l2"][row] = apart[name].relative_l2
            arrays["cosine"][row] = apart[name].cosine
            arrays["sqnr_db"][row] = sqnr_db(np.array(apart[name].relative_l2))
    return arrays | {
        "standing": np.array([each.standing.value for each in found], dtype=np.str_),
        "stands_for": np.array([each.name for each in found], dtype=_TEXTS),
        "shape": np.array([_shape(now[str(name)]) for name in arrays["parameter"]], dtype=_TEXTS),
        "shape_before": np.array(
            [_shape(before[each.name]) if each.name else "" for each in found], dtype=_TEXTS
        ),
        **_removed(matching, before),
    }


def _removed(matching: Matching, before: Mapping[str, Tensor]) -> Arrays:
    owners = {name: name.rpartition(".")[0] for name in matching.removed}
    modules = dict(matching.other.named_modules())
    return {
        "removed": np.array(list(owners), dtype=_TEXTS),
        "removed_module": np.array(list(owners.values()), dtype=_TEXTS),
        "removed_type": np.array([type(modules[owner]).__name__ for owner in owners.values()], dtype=_TEXTS),
        "removed_shape": np.array([_shape(before[name]) for name in owners], dtype=_TEXTS),
        "removed_count": np.array([before[name].numel() for name in owners], np.int64),
    }


def _shape(value: Tensor) -> str:
    return " x ".join(map(str, value.shape)) or "1"


def _products(
    matching: Matching, values: Mapping[str, Tensor], baseline: Mapping[str, Tensor]
) -> dict[str, Distance]:
    """Return how far the product of two factors is from the weight they stand for, by name of each factor."""
    found: dict[str, Distance] = {}
    for owner, module in matching.module.named_modules():
        names = [f"{owner}.{end}.weight".removeprefix(".") for end in ("first", "second")]
        if not isinstance(module, LowRank) or names[0] not in matching.weights:
            continue
        whole = matching.weights[names[0]]
        if whole.standing is Standing.FACTORIZED:
            product = _product(module, [values[name] for name in names])
            old = baseline[whole.name]
            if product.shape == old.shape:
                found |= dict.fromkeys(names, distance(product, old))
    return found


@torch.no_grad()
def _product(module: LowRank, factors: list[Tensor]) -> Tensor:
    """Return the product in the shape of the weight that was replaced; the module itself has no numbers."""
    ends = [module.first, module.second]
    held = [end.get_parameter("weight") for end in ends]
    for end, factor in zip(ends, factors, strict=True):
        end.register_parameter("weight", nn.Parameter(factor.float(), requires_grad=False))
    product = module.weight
    for end, weight in zip(ends, held, strict=True):
        end.register_parameter("weight", weight)
    return product
