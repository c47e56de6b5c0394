"""Layer statistics of random weights, computed with plain NumPy and stored as runs store them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.services.application import Application

Tensors = Mapping[str, NDArray[np.float64]]
Alteration = Callable[[str, NDArray[np.float64]], NDArray[np.float64]]
BINS = 64
_EDGES = (0.01, 0.1, 0.5, 1.0)


def random_tensors(names: Sequence[str], size: int = 256, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Return a random tensor of each name, later ones with larger weights."""
    draw = np.random.default_rng(seed)
    return {name: draw.normal(0, 0.1 + 0.001 * place, size) for place, name in enumerate(names)}


def pruned(share: float) -> Alteration:
    """Return the change that makes so many of the smallest weights of each tensor zero."""

    def change(_name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.abs(values) < np.quantile(np.abs(values), share), 0.0, values)

    return change


def rounded(levels: int) -> Alteration:
    """Return the change that rounds each tensor to so many equal levels on either side of 0."""

    def change(_name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        scale = np.abs(values).max() / levels
        result: NDArray[np.float64] = np.round(values / scale) * scale
        return result

    return change


def weight_arrays(
    tensors: Tensors, baseline: Tensors | None, baseline_id: ModelId | None, bits: int = 32
) -> Arrays:
    """Return what `core.inspection.weights` tells of such tensors."""
    rows = [_row(name, values, (baseline or {}).get(name), bits) for name, values in tensors.items()]
    keys = rows[0].keys() if baseline is not None else rows[0].keys() - _COMPARED
    arrays: dict[str, NDArray[np.generic]] = {key: np.array([row[key] for row in rows]) for key in keys}
    return arrays | {"baseline": np.array([int(baseline_id or 0)], np.int64)}


_COMPARED = {
    "zeros_both", "zeros_gained", "zeros_lost", "mean_abs_change", "relative_l2", "cosine", "sqnr_db",
    "change_histogram",
}  # fmt: skip


def _row(
    name: str, now: NDArray[np.float64], before: NDArray[np.float64] | None, bits: int
) -> dict[str, object]:
    before = None if before is None or before.shape != now.shape else before
    reference = now if before is None else before
    low, high = float(reference.min()), float(reference.max())
    return {
        "parameter": name,
        "module": name.rpartition(".")[0],
        "module_type": "BatchNorm2d" if ".bn" in f".{name}" else "Conv2d",
        "count": now.size,
        "zeros": int((now == 0).sum()),
        "nans": 0,
        "infinities": 0,
        "mean": now.mean(),
        "std": now.std(),
        "min": now.min(),
        "max": now.max(),
        "mean_abs": np.abs(now).mean(),
        "distinct": len(np.unique(now)),
        "range_low": low,
        "range_high": high,
        "histogram": _histogram(now, low, high),
        "form": "dense" if bits == 32 else f"int{bits}",
        "stored_bits": bits * now.size + (0 if bits == 32 else 32),
        "code_bits": 0 if bits == 32 else bits,
        "granularity": "" if bits == 32 else "per tensor",
        "scale_min": np.nan if bits == 32 else 0.01,
        "scale_max": np.nan if bits == 32 else 0.01,
        **_change(now, before, low, high),
    }


def _change(
    now: NDArray[np.float64], before: NDArray[np.float64] | None, low: float, high: float
) -> dict[str, object]:
    if before is None:
        nothing = dict.fromkeys(("mean_abs_change", "relative_l2", "cosine", "sqnr_db"), np.nan)
        gone = dict.fromkeys(("zeros_both", "zeros_gained", "zeros_lost"), -1)
        return {**nothing, **gone, "change_histogram": np.zeros((6, BINS + 2), np.int64)}
    apart = np.abs(now - before)
    relative = float(np.linalg.norm(apart) / np.linalg.norm(before))
    group = (apart > 0).astype(int) + sum((apart > np.abs(before) * edge).astype(int) for edge in _EDGES)
    with np.errstate(divide="ignore"):
        sqnr = float(-20 * np.log10(np.float64(relative)))
    return {
        "mean_abs_change": apart.mean(),
        "relative_l2": relative,
        "cosine": float(now @ before / (np.linalg.norm(now) * np.linalg.norm(before))),
        "sqnr_db": sqnr,
        "zeros_both": int(((now == 0) & (before == 0)).sum()),
        "zeros_gained": int(((now == 0) & (before != 0)).sum()),
        "zeros_lost": int(((now != 0) & (before == 0)).sum()),
        "change_histogram": np.stack([_histogram(now[group == each], low, high) for each in range(6)]),
    }


def _histogram(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    inner = np.histogram(values, BINS, (low, high))[0]
    return np.concatenate([[(values < low).sum()], inner, [(values > high).sum()]]).astype(np.int64)


def store_layers(app: Application, model_id: ModelId, kind: LayerKind, arrays: Arrays) -> None:
    """Store arrays of a model in place of what there was."""
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(model_id, kind=kind, arrays=arrays)
        model = uow.models.get([model_id])[model_id]
        uow.projects.touch(model.project_id)
        uow.commit()


def plant_weights(
    app: Application, ids: Sequence[ModelId], names: Sequence[str], changes: Sequence[tuple[Alteration, int]]
) -> Tensors:
    """Store weights of a base, the first id, and of models changed from it; return the base's tensors.

    changes: of each further model, and the bits in which its weights are stored.
    """
    tensors = random_tensors(names)
    store_layers(app, ids[0], LayerKind.WEIGHTS, weight_arrays(tensors, None, None))
    for model_id, (change, bits) in zip(ids[1:], changes, strict=True):
        now = {name: change(name, values) for name, values in tensors.items()}
        store_layers(app, model_id, LayerKind.WEIGHTS, weight_arrays(now, tensors, ids[0], bits))
    return tensors
