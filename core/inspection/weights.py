"""Statistics of every weight tensor of a model, as compact arrays with one row per tensor.

Values may come from a file, one tensor at a time, so that models larger than the memory can be examined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from core.compression.checkpoints.checkpoint import StoredForm
from core.domain.measurement.formulas import sqnr_db
from core.inspection.tensors.changes import CLASSES, WeightChange, weight_change
from core.inspection.tensors.distinct import distinct_values
from core.inspection.tensors.moments import BINS, Moments, TensorHistogram, tally
from core.inspection.tensors.ranges import finite_range
from core.ports import Progress

Arrays = dict[str, NDArray[Any]]
_NO_CHANGE = WeightChange(
    -1, -1, -1, np.nan, np.nan, np.nan, np.zeros((CLASSES, BINS + 2), np.int64)
)  # the baseline lacks the parameter


@dataclass(frozen=True)
class _Row:
    """Everything about one tensor."""

    name: str
    tally: TensorHistogram
    distinct: int
    change: WeightChange


def weight_statistics(
    module: nn.Module,
    *,
    values: Mapping[str, Tensor] | None = None,
    baseline: Mapping[str, Tensor] | None = None,
    forms: Mapping[str, StoredForm] | None = None,
    progress: Progress | None = None,
) -> Arrays:
    """Return figures of all floating-point parameters, shared ones once; arrays are `(tensors,)` mostly.

    values: where the parameters' values come from by name, if not from the module, which may then be
        on the meta device. baseline: the same of the model to compare with. Both are asked for one
        tensor at a time. forms: how each tensor is stored.

    parameter, module, module_type: names (fixed-width text).
    count, zeros, nans, infinities, distinct: int64; distinct is 4097 for any more.
    mean, std, min, max, mean_abs: float64 over all values but NaN.
    range_low, range_high: what histogram `(tensors, 66)` int64 covers: a bin below the range, 64 equal
        bins within, a bin above, so that no value is dropped. The range is the baseline's where it has
        this parameter in this shape, else the tensor's own.

    With a baseline also, NaN or -1 where it has no such parameter: zeros_both, zeros_gained, zeros_lost,
    mean_abs_change, relative_l2 (norm of the change over the baseline's norm), cosine, sqnr_db (minus
    20 log10 of relative_l2; infinite where nothing changed), and change_histogram `(tensors, 6, 66)`, the
    histogram stacked by relative change: none, up to 1, 10, 50, 100 percent, more.

    With forms also: form (text), stored_bits, code_bits (0: not coded) int64, granularity (text),
    scale_min, scale_max float64 (NaN without scales).
    """
    parameters = {name: value for name, value in module.named_parameters() if value.is_floating_point()}
    source = parameters if values is None else values
    rows = []
    for done, name in enumerate(parameters, start=1):
        before = baseline.get(name) if baseline is not None else None
        rows.append(_row(name, source[name].detach(), before))
        if progress is not None:
            progress.report(done / len(parameters), name)
    arrays = _names(rows, dict(module.named_modules())) | _table(rows)
    if baseline is not None:
        arrays |= _changes([row.change for row in rows])
    return arrays if forms is None else arrays | _forms([forms[row.name] for row in rows])


def _row(name: str, value: Tensor, before: Tensor | None) -> _Row:
    if before is not None and before.shape != value.shape:
        before = None
    low, high = finite_range(value if before is None else before)
    return _Row(
        name=name,
        tally=tally(value, low, high),
        distinct=distinct_values(value),
        change=_NO_CHANGE if before is None else weight_change(value, before.detach(), low, high),
    )


def _names(rows: list[_Row], owners: Mapping[str, nn.Module]) -> Arrays:
    modules = [row.name.rpartition(".")[0] for row in rows]
    return {
        "parameter": np.array([row.name for row in rows], dtype=np.str_),
        "module": np.array(modules, dtype=np.str_),
        "module_type": np.array([type(owners[name]).__name__ for name in modules], dtype=np.str_),
    }


def _table(rows: list[_Row]) -> Arrays:
    return tally_table([row.tally for row in rows]) | {
        "distinct": np.array([row.distinct for row in rows], np.int64),
    }


def tally_table(tallies: list[TensorHistogram]) -> Arrays:
    """Return figures as arrays `(rows,)`, counts int64, the others float64; histogram `(rows, 66)`."""
    histograms = np.array([row.histogram for row in tallies], np.int64)
    return _moments_table([row.moments for row in tallies]) | {
        "range_low": np.array([row.low for row in tallies], np.float64),
        "range_high": np.array([row.high for row in tallies], np.float64),
        "histogram": histograms.reshape(len(tallies), BINS + 2),
    }


def _moments_table(figures: list[Moments]) -> Arrays:
    return {
        "count": np.array([row.count for row in figures], np.int64),
        "zeros": np.array([row.zeros for row in figures], np.int64),
        "nans": np.array([row.nans for row in figures], np.int64),
        "infinities": np.array([row.infinities for row in figures], np.int64),
        "mean": np.array([row.mean for row in figures], np.float64),
        "std": np.array([row.std for row in figures], np.float64),
        "min": np.array([row.minimum for row in figures], np.float64),
        "max": np.array([row.maximum for row in figures], np.float64),
        "mean_abs": np.array([row.mean_abs for row in figures], np.float64),
    }


def _changes(changes: list[WeightChange]) -> Arrays:
    relative = np.array([change.relative_l2 for change in changes], np.float64)
    stacked = np.array([change.histogram for change in changes], np.int64)
    return {
        "zeros_both": np.array([change.zeros_both for change in changes], np.int64),
        "zeros_gained": np.array([change.zeros_gained for change in changes], np.int64),
        "zeros_lost": np.array([change.zeros_lost for change in changes], np.int64),
        "mean_abs_change": np.array([change.mean_abs for change in changes], np.float64),
        "relative_l2": relative,
        "cosine": np.array([change.cosine for change in changes], np.float64),
        "sqnr_db": sqnr_db(relative),
        "change_histogram": stacked.reshape(len(changes), CLASSES, BINS + 2),
    }


def _forms(forms: list[StoredForm]) -> Arrays:
    return {
        "form": np.array([form.form for form in forms], dtype=np.str_),
        "stored_bits": np.array([form.bits for form in forms], np.int64),
        "code_bits": np.array([form.code_bits for form in forms], np.int64),
        "granularity": np.array([form.granularity for form in forms], dtype=np.str_),
        "scale_min": np.array([form.scale_min for form in forms], np.float64),
        "scale_max": np.array([form.scale_max for form in forms], np.float64),
    }
