"""What compression did to one weight tensor, value by value, against the same tensor of the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.compression.encoding.chunks import chunks
from core.inspection.tensors.distances import Distance, chunk_distance
from core.inspection.tensors.moments import BINS, Counts, bins, inner_product, nonzeros

CHANGE_EDGES = (0.0, 0.01, 0.1, 0.5, 1.0)
"""Upper ends of the classes of relative change; a last class holds what changed by more."""
CLASSES = len(CHANGE_EDGES) + 1


@dataclass(frozen=True)
class WeightChange:
    """Differences between two tensors of one shape, `now` and `before`.

    zeros_both, zeros_gained, zeros_lost: zeros in both, only now, only before.
    mean_abs: mean size of the difference, float64.
    relative_l2: norm of the difference over the norm before; NaN where only the latter is zero.
    cosine: of the angle between both; NaN where a norm is zero.
    histogram: `(6, 66)` the histogram of `now`, stacked by the relative change of each value.
    """

    zeros_both: int
    zeros_gained: int
    zeros_lost: int
    mean_abs: float
    relative_l2: float
    cosine: float
    histogram: Counts


def weight_change(now: Tensor, before: Tensor, low: float, high: float) -> WeightChange:
    """Compare two tensors of one shape; the histogram covers `low` to `high`, see `TensorHistogram`."""
    zeros, total, apart = np.zeros(3, np.int64), 0.0, Distance()
    stacked = np.zeros((CLASSES, BINS + 2), np.int64)
    for chunk, old in zip(chunks(now), chunks(before.to(now.device)), strict=True):
        gone, absent = chunk == 0, old == 0
        both = nonzeros(gone & absent)
        zeros += [both, nonzeros(gone) - both, nonzeros(absent) - both]
        after, exact = (each.to(torch.float64, copy=True) for each in (chunk, old))
        apart += chunk_distance(after, exact, own=inner_product(after, after))
        difference = after.abs_()
        total += float(difference.sum())
        stacked += _stacked(chunk, difference, exact.abs_(), (low, high))
    both, gained, lost = zeros.tolist()
    return WeightChange(
        zeros_both=both,
        zeros_gained=gained,
        zeros_lost=lost,
        mean_abs=total / now.numel() if now.numel() else math.nan,
        relative_l2=apart.relative_l2,
        cosine=apart.cosine,
        histogram=stacked,
    )


def _stacked(now: Tensor, difference: Tensor, before: Tensor, bounds: tuple[float, float]) -> Counts:
    """Return one chunk's histogram `(classes, 66)`; NaN weights are in no bin."""
    low, high = bounds
    group = (difference > 0).int()
    for edge in CHANGE_EDGES[1:]:
        group += difference > before * edge
    group.masked_fill_(~difference.isfinite(), CLASSES - 1)
    place = bins(now, low, high).add_(1)
    place.masked_fill_(now < low, 0).masked_fill_(now > high, BINS + 1)
    index = group.mul_(BINS + 2).add_(place)
    strange = now.isnan()
    if nonzeros(strange):
        index = index[~strange]
    counts = torch.bincount(index, minlength=CLASSES * (BINS + 2)).cpu().numpy()
    stacked: Counts = counts.reshape(CLASSES, BINS + 2)
    return stacked
