"""Statistics of the weights of a model that another program made, as runs make them of our own models.

What the columns mean is documented in `core/inspection/weights.py`, which computes them with PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.domain.data.uploads import read_reference
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays
from core.errors import InvalidInput
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.elsewhere.tensors import BITS, Floats, Tensors, open_tensors

WEIGHTS = "weights"
"""Entry of a model's manifest: the reference of its uploaded file."""
_BINS = 64
_MOST_DISTINCT = 4096
_MOST_VALUES = 500_000_000


def statistics_of(
    uow: UnitOfWork, app: Application, reference: str, base: tuple[ModelId, str] | None
) -> Arrays:
    """Return the statistics of an uploaded file, against that of a base if one is given.

    Raises:
        InvalidInput: at `weights`: there is no such file, or it is too large.
    """
    with open_tensors(_file(uow, app, reference)) as now:
        values = sum(int(np.prod(now.shape(name))) for name in now.entries)
        if values > _MOST_VALUES or not now.entries:
            message = f"The file has {values:,} floating-point values; 1 to {_MOST_VALUES:,} can be examined."
            raise InvalidInput.of("weights", message, "Log the tensors that were compressed.")
        if base is None:
            return _table(now, None)
        with open_tensors(_file(uow, app, base[1])) as before:
            found = _table(now, before)
    return {**found, "baseline": np.full(len(now.entries), int(base[0]), np.int64)}


def _file(uow: UnitOfWork, app: Application, text: str) -> Any:
    reference = read_reference(text)
    if reference is None or reference.key not in uow.uploads.use([reference.key], app.clock.now()):
        message = f"There is no uploaded file {text[:120]!r}."
        raise InvalidInput.of("weights", message, "Upload it first, and give the reference of the answer.")
    return app.artifacts.fetch(reference.key)


def _table(now: Tensors, before: Tensors | None) -> dict[str, Any]:
    names = list(now.entries)
    rows = [_row(now, name, before) for name in names]
    modules = [name.rpartition(".")[0] for name in names]
    found: dict[str, Any] = {
        "parameter": np.array(names, np.str_),
        "module": np.array(modules, np.str_),
        "module_type": np.array([""] * len(names), np.str_),
        "form": np.array(["plain"] * len(names), np.str_),
        "stored_bits": np.array([_bits(now, name) for name in names], np.int64),
        "code_bits": np.zeros(len(names), np.int64),
        "granularity": np.array([""] * len(names), np.str_),
        "scale_min": np.full(len(names), np.nan),
        "scale_max": np.full(len(names), np.nan),
    }
    return found | {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _bits(now: Tensors, name: str) -> int:
    entry = now.entries[name]
    return int(np.prod(now.shape(name))) * BITS[entry["dtype"]]


def _row(now: Tensors, name: str, before: Tensors | None) -> Mapping[str, Any]:
    values = now.values(name)
    known = before is not None and name in before.entries and before.shape(name) == now.shape(name)
    old = before.values(name) if known and before is not None else None
    numbers = values[~np.isnan(values)]
    low, high = _range(numbers if old is None else old)
    inside = numbers[(numbers >= low) & (numbers <= high)]
    counts = np.histogram(inside, _BINS, (low, high))[0]
    below, above = int((numbers < low).sum()), int((numbers > high).sum())
    empty = not len(numbers)
    row: dict[str, Any] = {
        "count": len(values),
        "zeros": int((numbers == 0).sum()),
        "nans": len(values) - len(numbers),
        "infinities": int(np.isinf(numbers).sum()),
        "distinct": min(len(np.unique(numbers)), _MOST_DISTINCT + 1),
        "mean": np.nan if empty else float(numbers.mean()),
        "std": np.nan if empty else float(numbers.std()),
        "min": np.nan if empty else float(numbers.min()),
        "max": np.nan if empty else float(numbers.max()),
        "mean_abs": np.nan if empty else float(np.abs(numbers).mean()),
        "range_low": low,
        "range_high": high,
        "histogram": np.concatenate([[below], counts, [above]]).astype(np.int64),
    }
    return row if before is None else row | _change(values, old)


def _change(now: Floats, old: Floats | None) -> dict[str, Any]:
    if old is None:
        lacking = dict.fromkeys(("zeros_both", "zeros_gained", "zeros_lost"), -1)
        return lacking | dict.fromkeys(("mean_abs_change", "relative_l2", "cosine", "sqnr_db"), np.nan)
    gone, absent, apart = now == 0, old == 0, now - old
    norm, own, moved = (float(np.sqrt((each**2).sum())) for each in (old, now, apart))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = float(np.divide(moved, norm)) if moved or norm else 0.0
        return {
            "zeros_both": int((gone & absent).sum()),
            "zeros_gained": int((gone & ~absent).sum()),
            "zeros_lost": int((~gone & absent).sum()),
            "mean_abs_change": float(np.abs(apart).mean()) if len(apart) else np.nan,
            "relative_l2": relative if norm or not moved else np.nan,
            "cosine": float(np.divide(np.dot(now, old), norm * own)) if norm and own else np.nan,
            "sqnr_db": float(-20 * np.log10(relative)),
        }


def _range(values: Floats) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)
