"""Groups of instances that share a value of a column, and how well a model does on each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREFIX = "slice."  # of the outcome arrays that say into which slice each instance falls
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
        values, codes = np.unique(np.array(column, dtype=object).astype(str), return_inverse=True)
        if len(values) > MOST_VALUES or len(column) == 0:
            continue
        instances = np.bincount(codes, minlength=len(values))
        means = {
            metric: (np.bincount(codes, weights=each, minlength=len(values)) / instances).tolist()
            for metric, each in scores.items()
        }
        arrays[PREFIX + name] = codes.astype(np.int16)
        figures[name] = {"values": values.tolist(), "instances": instances.tolist(), "metrics": means}
    return arrays, figures
