"""Inside each layer: its output channels before and after, and small pictures of its weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.layers import output_axis, rows
from core.data.dataset import Inputs, call
from core.inspection.activations import layer_calls, prepared
from core.inspection.calls import ModuleCall, watching
from core.inspection.counterparts import MatchedWeights, Matching
from core.inspection.weights import Arrays
from core.ports import Progress

SIDE = 64
"""Rows and columns of a picture, at most."""
MOST_CHANNELS = 1 << 14
"""Of a layer whose channels are listed; tables of embeddings often have more."""
FAR_OUT = 3.0  # interquartile ranges above the upper quartile: Tukey, "Exploratory Data Analysis", 1977
_TEXTS = np.dtypes.StringDType()
_NO_CHANNELS = np.zeros(0, np.float32)


@dataclass(frozen=True)
class _Inside:
    """Figures of one weight by output channel `(channels,)`, and its pictures; NaN or None where unknown."""

    norm: NDArray[np.float32]
    before: NDArray[np.float32]
    change: NDArray[np.float32]
    scale: NDArray[np.float32]
    picture: NDArray[np.float16]
    difference: NDArray[np.float16] | None


def weight_channels(
    matching: Matching, values: StoredWeights, baseline: Mapping[str, Tensor], progress: Progress
) -> Arrays:
    """Return what is inside each weight of two axes and more; the channels of all weights follow each other.

    parameter: text `(weights,)`. start: int64 `(weights + 1,)`, where the channels of each weight begin.
    norm, norm_before, norm_change, scale: float32 `(all channels,)`, L2 norms of a channel's weights, of the
    baseline's and of the difference, and the largest scale that its codes have; NaN where there is none.
    outlier: bool, far above the other channels of its weight: the upper quartile of their norms and three
    times the distance of the quartiles.
    picture.N, change.N: float16 `(up to 64, up to 64)` of weight number N, output channels by inputs: mean
    sizes of blocks of weights, and of their differences from the baseline's; not there without a baseline.
    """
    others = MatchedWeights(baseline, matching)
    names = [name for name, value in matching.module.named_parameters() if value.dim() > 1]
    found: list[_Inside] = []
    for done, name in enumerate(names, start=1):
        owner = matching.module.get_submodule(name.rpartition(".")[0])
        found.append(_inside(values[name], others.get(name), values.scales(name), _axis(owner, name)))
        progress.report(done / len(names), name)
    pictures = {f"picture.{row}": each.picture for row, each in enumerate(found)}
    changes = {
        f"change.{row}": each.difference for row, each in enumerate(found) if each.difference is not None
    }
    return {
        "parameter": np.array(names, dtype=_TEXTS),
        "start": np.cumsum([0, *[len(each.norm) for each in found]]).astype(np.int64),
        "norm": _joined([each.norm for each in found]),
        "norm_before": _joined([each.before for each in found]),
        "norm_change": _joined([each.change for each in found]),
        "scale": _joined([each.scale for each in found]),
        "outlier": np.concatenate([_outliers(each.norm) for each in found] or [np.zeros(0, np.bool_)]),
        **pictures,
        **changes,
    }


def activation_channels(module: nn.Module, inputs: Inputs) -> Arrays:
    """Return the range of every output channel of each layer over all its calls and all instances.

    Channels are the second axis of images and the last one of everything else. NaN where all values are.

    range_module: text `(layers,)`. range_start: int64 `(layers + 1,)`. range_low, range_high: float32
    `(all channels,)`.
    """
    found: dict[str, tuple[Tensor, Tensor]] = {}
    probe = prepared(module, inputs)
    names = list(dict.fromkeys(key.module for key in layer_calls(module, probe)))

    def note(finished: ModuleCall) -> None:
        output = finished.output
        if output is None or output.dim() < 2:
            return
        axis = 1 if output.dim() in (4, 5) else output.dim() - 1
        flat = output.movedim(axis, 0).flatten(1).float()
        if len(flat) > MOST_CHANNELS or not flat.numel():
            return
        low = torch.where(flat.isnan(), torch.inf, flat).amin(1)
        high = torch.where(flat.isnan(), -torch.inf, flat).amax(1)
        known = found.get(finished.key.module)
        if known is not None and len(known[0]) == len(low):
            low, high = torch.minimum(low, known[0]), torch.maximum(high, known[1])
        found[finished.key.module] = low, high

    with torch.inference_mode(), watching(module, names, note):
        call(module, probe)
    lows = [np.where(low > high, np.nan, low) for low, high in _arrays(found.values())]
    highs = [np.where(low > high, np.nan, high) for low, high in _arrays(found.values())]
    return {
        "range_module": np.array(list(found), dtype=_TEXTS),
        "range_start": np.cumsum([0, *map(len, lows)]).astype(np.int64),
        "range_low": _joined([low.astype(np.float32) for low in lows]),
        "range_high": _joined([high.astype(np.float32) for high in highs]),
    }


def _arrays(
    pairs: Iterable[tuple[Tensor, Tensor]],
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    return [(low.cpu().numpy(), high.cpu().numpy()) for low, high in pairs]


def _axis(owner: nn.Module, name: str) -> int:
    """Return the axis of output channels; the first one of weights that are no layer's."""
    axis = output_axis(owner) if name.endswith("weight") else None
    return axis if isinstance(axis, int) else 0


def _inside(value: Tensor, before: Tensor | None, scale: Tensor | None, axis: int) -> _Inside:
    matrix = rows(value, axis).float()
    old = rows(before, axis).float() if before is not None and before.shape == value.shape else None
    difference = matrix - old if old is not None else None
    if len(matrix) > MOST_CHANNELS:
        norm = past = change = scales = _NO_CHANNELS
    else:
        norm, past, change = _norms(matrix), _norms(old, len(matrix)), _norms(difference, len(matrix))
        scales = _scales(scale, len(matrix))
    smaller = None if difference is None else _picture(difference)
    return _Inside(norm, past, change, scales, _picture(matrix), smaller)


def _norms(matrix: Tensor | None, channels: int = 0) -> NDArray[np.float32]:
    if matrix is None:
        return np.full(channels, np.nan, np.float32)
    found: NDArray[np.float32] = matrix.double().norm(dim=1).float().numpy()
    return found


def _scales(scale: Tensor | None, channels: int) -> NDArray[np.float32]:
    if scale is None or not scale.numel() or scale.numel() % channels:
        return np.full(channels, np.nan, np.float32)
    found: NDArray[np.float32] = scale.float().reshape(channels, -1).amax(1).numpy()
    return found


def _outliers(norm: NDArray[np.float32]) -> NDArray[np.bool_]:
    if not len(norm) or not np.isfinite(norm).all():
        return np.zeros(len(norm), np.bool_)
    low, high = np.quantile(norm, [0.25, 0.75])
    found: NDArray[np.bool_] = norm > high + FAR_OUT * (high - low)
    return found


def _picture(matrix: Tensor) -> NDArray[np.float16]:
    """Return mean sizes over blocks, at most `SIDE` by `SIDE` of nearly equal shape."""
    height, width = (min(SIDE, length) for length in matrix.shape)
    pooled = nn.functional.adaptive_avg_pool2d(matrix.abs()[None, None], (height, width))[0, 0]
    found: NDArray[np.float16] = pooled.clamp(max=torch.finfo(torch.float16).max).half().numpy()
    return found


def _joined(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([*parts, _NO_CHANNELS])
