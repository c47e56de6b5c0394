"""Which groups of instances compression hurt: shares, changes and error ratios per group and model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.comparison.behaviour.paired import (
    Difference,
    ErrorRatio,
    Pairs,
    corrected,
    error_ratio,
    share_difference,
)
from core.comparison.behaviour.predictions import Grouping, Predictions


@dataclass(frozen=True)
class Cell:
    """One model on one group: share of right answers, its change and that of the error rate."""

    share: float
    change: Difference
    errors: ErrorRatio


@dataclass(frozen=True)
class Row:
    """One group: its instances, the baseline's share of right answers, and every model."""

    group: str
    instances: int
    baseline: float
    cells: tuple[Cell, ...]


def compare_groups(baseline: Predictions, models: Sequence[Predictions], grouping: Grouping) -> list[Row]:
    """Return a row per group, in the order of the grouping; cells are in the order of the models.

    Changes are significant after correction over all groups and models at once.
    """
    right_before = grouping.of(baseline.correct)
    counted = [
        Pairs.of_groups(right_before, grouping.of(model.correct), grouping.codes, len(grouping.values))
        for model in models
    ]
    instances = np.bincount(grouping.codes, minlength=len(grouping.values)).tolist()
    right = np.bincount(grouping.codes, weights=right_before, minlength=len(grouping.values)).tolist()
    rows = [
        Row(
            group=value,
            instances=instances[index],
            baseline=right[index] / instances[index] if instances[index] else math.nan,
            cells=tuple(_cell(pairs[index]) for pairs in counted),
        )
        for index, value in enumerate(grouping.values)
    ]
    changes = corrected([cell.change for row in rows for cell in row.cells])
    return [
        replace(
            row,
            cells=tuple(
                replace(cell, change=changes[position * len(models) + model])
                for model, cell in enumerate(row.cells)
            ),
        )
        for position, row in enumerate(rows)
    ]


def _cell(pairs: Pairs) -> Cell:
    return Cell(pairs.right_after, share_difference(pairs), error_ratio(pairs))
