"""Histograms of weights or outputs below a node of the tree, of all models over one range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers.figures import Mode
from core.comparison.layers.histograms import rebinned
from core.comparison.layers.tree import Numbers
from core.services.application import Application
from core.services.layers.layer_comparison import LayerColumn, LayerComparison
from core.services.layers.layer_rows import KINDS

CHANGED = 3
"""First class of relative change (`inspection.tensors.changes`) of values that changed by more than 10 %."""
DRAWN = frozenset({Mode.WEIGHTS, Mode.ACTIVATIONS})
"""Modes with histograms."""


@dataclass(frozen=True, eq=False)
class RowHistograms:
    """Histograms of the stored rows of one model.

    counts: `(rows, classes, 66)`, classes of relative change, or one where nothing was compared. row: of each
    leaf, -1 where the model has none. ranges: `(rows, 2)`.
    """

    counts: NDArray[np.float32]
    ranges: Numbers
    row: NDArray[np.int64]


def read_histograms(app: Application, found: LayerComparison, *, classes: bool) -> list[RowHistograms | None]:
    """Return the histograms of each column, None without any.

    classes: all six classes of relative change, else two: up to 10 %, and more.
    """
    with app.unit_of_work() as uow:
        names = ("histogram", "change_histogram", "range_low", "range_high")
        ids = [column.model.id for column in found.columns]
        every = uow.evaluations.layer_statistics_of(ids, kind=KINDS[found.mode], names=names)
        for column in found.columns:
            if column.stored is not None and column.stored.paired:
                one, other = column.model.id, found.baseline.model.id
                every[one] = uow.layer_pairs.arrays(one, other, kind=KINDS[found.mode], names=names)
    leaves = {found.tree.names[node]: leaf for leaf, node in enumerate(found.tree.leaves.tolist())}
    result: list[RowHistograms | None] = []
    for column in found.columns:
        arrays = every.get(column.model.id)
        if arrays is None or column.stored is None or "histogram" not in arrays:
            result.append(None)
            continue
        counts = np.asarray(arrays["histogram"], np.float32)[:, None, :]
        if _compared(column, found) and "change_histogram" in arrays:
            counts = _classes(counts, np.asarray(arrays["change_histogram"], np.float32), classes=classes)
        row = np.full(len(leaves), -1, np.int64)
        row[[leaves[name] for name in column.stored.names]] = np.arange(len(counts))
        bounds = [np.asarray(arrays[name], np.float64) for name in ("range_low", "range_high")]
        result.append(RowHistograms(counts, np.stack(bounds, axis=1), row))
    return result


def drawing(
    found: LayerComparison, histograms: Sequence[RowHistograms | None], node: int, bins: int
) -> tuple[list[Numbers | None], float, float]:
    """Return the counts `(classes, bins + 2)` of each column below a node, and the range of all.

    The range is that of the first column that has anything there: the baseline's where it has.
    """
    leaves = found.tree.below(node)
    low = high = np.nan
    counts: list[Numbers | None] = []
    for each in histograms:
        rows = each.row[leaves] if each is not None else np.zeros(0, np.int64)
        rows = rows[rows >= 0]
        if each is None or not len(rows):
            counts.append(None)
            continue
        if np.isnan(low):
            low = float(np.nanmin(each.ranges[rows, 0]))
            high = float(np.nanmax(each.ranges[rows, 1]))
        counts.append(rebinned(each.counts[rows], each.ranges[rows], low, high, bins))
    return counts, low, high


def _compared(column: LayerColumn, found: LayerComparison) -> bool:
    return column.stored is not None and column.stored.other == found.baseline.model.id


def _classes(
    all_values: NDArray[np.float32], stacked: NDArray[np.float32], *, classes: bool
) -> NDArray[np.float32]:
    """Return the histogram by class; a tensor that was not compared is in the first class."""
    unknown = (stacked.sum(axis=(1, 2)) == 0)[:, None, None]
    if classes:
        first = np.concatenate([all_values, np.zeros_like(stacked[:, 1:])], axis=1)
        return np.where(unknown, first, stacked)
    changed = stacked[:, CHANGED:].sum(axis=1, keepdims=True)
    return np.concatenate([all_values - changed, changed], axis=1)
