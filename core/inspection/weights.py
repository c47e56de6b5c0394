"""Statistics of every weight tensor of a model, as compact arrays with one row per tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from core.inspection.moments import BINS, Moments, change, finite_range, histogram, moments
from core.ports import Progress

Arrays = dict[str, NDArray[Any]]
_UNKNOWN = (float("nan"), float("nan"))


@dataclass(frozen=True)
class _Row:
    """Everything about one tensor; change is relative norm and cosine against the parent's."""

    name: str
    figures: Moments
    range: tuple[float, float]
    histogram: NDArray[np.int64]
    change: tuple[float, float]


def weight_statistics(
    module: nn.Module, *, parent: nn.Module | None = None, progress: Progress | None = None
) -> Arrays:
    """Return figures of all floating-point parameters, shared ones once; arrays are `(tensors,)` mostly.

    parameter, module, module_type: names (fixed-width text).
    count, zeros, nans: int64. mean, std, min, max, mean_abs: float64 over all values but NaN.
    range_low, range_high: what histogram `(tensors, 66)` int64 covers: a bin below the range, 64 equal
        bins within, a bin above, so that no value is dropped. The range is the parent's where it has
        this parameter in this shape, else the tensor's own.

    With a parent also, NaN where it has no such parameter: relative_l2 (norm of the change over the
    parent's norm), cosine, and sqnr_db (minus 20 log10 of relative_l2; infinite where nothing changed).
    """
    parents = dict(parent.named_parameters()) if parent is not None else {}
    named = [(name, value.detach()) for name, value in module.named_parameters() if value.is_floating_point()]
    rows = []
    for done, (name, value) in enumerate(named, start=1):
        rows.append(_row(name, value, parents.get(name)))
        if progress is not None:
            progress.report(done / len(named), name)
    arrays = _names(rows, dict(module.named_modules())) | _table(rows)
    return arrays | _changes(rows) if parent is not None else arrays


def _row(name: str, value: Tensor, before: Tensor | None) -> _Row:
    if before is not None and before.shape != value.shape:
        before = None
    low, high = finite_range(value if before is None else before.detach())
    return _Row(
        name=name,
        figures=moments(value),
        range=(low, high),
        histogram=histogram(value, low, high),
        change=_UNKNOWN if before is None else change(value, before.detach()),
    )


def _names(rows: list[_Row], owners: Mapping[str, nn.Module]) -> Arrays:
    modules = [row.name.rpartition(".")[0] for row in rows]
    return {
        "parameter": np.array([row.name for row in rows], dtype=np.str_),
        "module": np.array(modules, dtype=np.str_),
        "module_type": np.array([type(owners[name]).__name__ for name in modules], dtype=np.str_),
    }


def _table(rows: list[_Row]) -> Arrays:
    figures = [row.figures for row in rows]
    return {
        "count": np.array([row.count for row in figures], np.int64),
        "zeros": np.array([row.zeros for row in figures], np.int64),
        "nans": np.array([row.nans for row in figures], np.int64),
        "mean": np.array([row.mean for row in figures], np.float64),
        "std": np.array([row.std for row in figures], np.float64),
        "min": np.array([row.minimum for row in figures], np.float64),
        "max": np.array([row.maximum for row in figures], np.float64),
        "mean_abs": np.array([row.mean_abs for row in figures], np.float64),
        "range_low": np.array([row.range[0] for row in rows], np.float64),
        "range_high": np.array([row.range[1] for row in rows], np.float64),
        "histogram": np.array([row.histogram for row in rows], np.int64).reshape(len(rows), BINS + 2),
    }


def _changes(rows: list[_Row]) -> Arrays:
    relative = np.array([row.change[0] for row in rows], np.float64)
    with np.errstate(divide="ignore"):
        sqnr = -20 * np.log10(relative)
    return {
        "relative_l2": relative,
        "cosine": np.array([row.change[1] for row in rows], np.float64),
        "sqnr_db": sqnr,
    }
