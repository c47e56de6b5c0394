"""Groups of instances that share a value of a column, and how well a model does on each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.rows.class_order import in_order
from core.domain.measurement.evaluation import SLICE

MOST_VALUES = 1000  # columns with more values group nothing


def sliced(
    columns: Mapping[str, tuple[str, ...]], scores: Mapping[str, NDArray[Any]]
) -> tuple[dict[str, NDArray[np.generic]], dict[str, Any]]:
    """Return the slice of every instance, and figures per slice as JSON values.

    The arrays, `slice.<column>` `(instances,)` int16, index the column's `values` in the figures, which are
    `{column: {"values": [...], "instances": [...], "metrics": {metric: [mean per value]}}}`.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    figures: dict[str, Any] = {}
    for name, column in columns.items():
        values = _in_order(column)
        if len(values) > MOST_VALUES or len(column) == 0:
            continue
        places = {value: place for place, value in enumerate(values)}
        codes = np.array([places[value] for value in column])
        instances = np.bincount(codes, minlength=len(values))
        means = {
            metric: (np.bincount(codes, weights=each, minlength=len(values)) / instances).tolist()
            for metric, each in scores.items()
        }
        arrays[SLICE + name] = codes.astype(np.int16)
        figures[name] = {"values": values, "instances": instances.tolist(), "metrics": means}
    return arrays, figures


def _in_order(column: tuple[str, ...]) -> list[str]:
    """Return the values that occur: a missing one first, then numbers by value or sorted texts."""
    found = set(column)
    return [""] * ("" in found) + list(in_order(found - {""}))
