"""How alike the predictions of models are, each model against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.predictions import Numbers

_TOGETHER = 16_384
"""Instances that are compared at a time, so that those of all models stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Share of instances with the same prediction, `(models, models)`, symmetric with a diagonal of 1.

    NaN without instances.
    """

    shares: NDArray[np.float64]

    @property
    def least(self) -> tuple[int, int] | None:
        """The two models that are least alike, the earlier first; None of fewer than two."""
        rows, columns = np.triu_indices(len(self.shares), k=1)
        values = self.shares[rows, columns]
        if not len(values) or np.isnan(values).all():
            return None
        place = int(np.nanargmin(values))
        return int(rows[place]), int(columns[place])


def agreement(predictions: Sequence[Numbers]) -> Agreement:
    """Compare the predictions of every two models, each `(instances,)`.

    Raises:
        ValueError: the models were not given equally many instances.
    """
    if len({len(each) for each in predictions}) > 1:
        raise ValueError(f"instances differ: {sorted({len(each) for each in predictions})}")
    instances = len(predictions[0]) if predictions else 0
    same = np.zeros((len(predictions), len(predictions)), np.int64)
    for start in range(0, instances, _TOGETHER):
        _count([each[start : start + _TOGETHER] for each in predictions], same)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: NDArray[np.float64] = same / np.float64(instances)
    return Agreement(shares)


def _count(parts: Sequence[Numbers], same: NDArray[np.int64]) -> None:
    for row, one in enumerate(parts):
        same[row, row] += len(one)
        for column in range(row):
            count = np.count_nonzero(one == parts[column])
            same[row, column] += count
            same[column, row] += count
