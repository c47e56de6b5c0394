"""What is inside one module of a model, beside the same module of a baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.services.application import Application

_Floats = NDArray[np.floating]
_WEIGHTS = ("parameter", "start", "norm", "norm_before", "norm_change", "scale", "outlier")
_RANGES = ("range_module", "range_start", "range_low", "range_high", "range_low_before", "range_high_before")


@dataclass(frozen=True)
class WeightInside:
    """One weight; arrays `(channels,)` are of output channels, NaN where a figure does not exist.

    norm, norm_before, norm_change: L2 norms of a channel's weights, the baseline's, and the difference; a
    pruned channel has norm 0. scale: the largest one that its codes have. outlier: far above the others.
    picture, change: mean sizes of blocks of weights and of their differences, up to 64 x 64, output channels
    by inputs; change is None without a baseline's weight of this shape.
    """

    parameter: str
    norm: _Floats
    norm_before: _Floats
    norm_change: _Floats
    scale: _Floats
    outlier: NDArray[np.bool_]
    picture: _Floats
    change: _Floats | None


@dataclass(frozen=True)
class ModuleInside:
    """One module. low, high: range of each output channel over the probe batch, empty where not gathered."""

    module: str
    weights: tuple[WeightInside, ...]
    low: _Floats
    high: _Floats
    low_before: _Floats
    high_before: _Floats


def inside_module(
    app: Application, model_id: ModelId, baseline_id: ModelId, module: str
) -> ModuleInside | None:
    """Return what is inside a module; None until a run gathered it, or if there is nothing of that name.

    Queue that run with `queue_layer_comparison(..., kinds=[LayerKind.CHANNELS])`.
    """
    kind = LayerKind.CHANNELS
    with app.unit_of_work() as uow:
        found = uow.layer_pairs.arrays(model_id, baseline_id, kind=kind, names=[*_WEIGHTS, *_RANGES])
        if "parameter" not in found:
            return None
        names = [str(name) for name in found["parameter"]]
        chosen = [row for row, name in enumerate(names) if name.rpartition(".")[0] == module]
        drawn = [f"{what}.{row}" for row in chosen for what in ("picture", "change")]
        pictures = uow.layer_pairs.arrays(model_id, baseline_id, kind=kind, names=drawn) if drawn else {}
    weights = tuple(_weight(found, pictures, row) for row in chosen)
    ranges = _ranges(found, module)
    return ModuleInside(module, weights, *ranges) if weights or len(ranges[0]) else None


def _weight(found: Arrays, pictures: Arrays, row: int) -> WeightInside:
    part = slice(int(found["start"][row]), int(found["start"][row + 1]))
    floats = [_floats(found[name][part]) for name in ("norm", "norm_before", "norm_change", "scale")]
    change = pictures.get(f"change.{row}")
    return WeightInside(
        str(found["parameter"][row]),
        floats[0],
        floats[1],
        floats[2],
        floats[3],
        found["outlier"][part].astype(np.bool_),
        _floats(pictures[f"picture.{row}"]),
        None if change is None else _floats(change),
    )


def _ranges(found: Arrays, module: str) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    names = [str(name) for name in found.get("range_module", ())]
    if module not in names:
        nothing = np.zeros(0, np.float32)
        return nothing, nothing, nothing, nothing
    row = names.index(module)
    part = slice(int(found["range_start"][row]), int(found["range_start"][row + 1]))
    low, high, low_before, high_before = (_floats(found[name][part]) for name in _RANGES[2:])
    return low, high, low_before, high_before


def _floats(array: NDArray[np.generic]) -> _Floats:
    return array.astype(np.float32)
