"""Figures of one large tensor, gathered chunk by chunk with float64 sums."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compression.encoding.chunks import chunks
from core.inspection.tensors.ranges import NOWHERE, Range, bounds, wider

BINS = 64
Counts = NDArray[np.int64]
_NUMPYS = (torch.bool, torch.float32, torch.float64)


@dataclass(frozen=True)
class Moments:
    """Figures of a tensor. NaN values are counted apart and left out of the others.

    Infinite values count towards minimum, maximum and means, which they may make infinite or NaN.
    """

    count: int
    zeros: int
    nans: int
    infinities: int
    mean: float
    std: float
    minimum: float
    maximum: float
    mean_abs: float


@dataclass
class TensorHistogram:
    """Running figures of one tensor, and its histogram over the range `low` to `high`.

    histogram: counts `(66,)`: below `low`, 64 equal bins from `low` to `high`, above `high`; NaN nowhere.
    """

    low: float
    high: float
    histogram: Counts = field(default_factory=lambda: np.zeros(BINS + 2, np.int64))
    _counts: Counts = field(default_factory=lambda: np.zeros(4, np.int64))  # all, zeros, NaN, infinite
    _sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))  # values, squares, sizes
    _extremes: Range = NOWHERE

    def add(self, chunk: Tensor) -> Tensor:
        """Count a flat chunk in and return it in float64, a copy."""
        exact = chunk.to(torch.float64, copy=True)
        if not len(chunk):
            return exact
        numbers, precise, (least, most) = chunk, exact, bounds(chunk)
        if math.isnan(least):
            numbers = chunk[~chunk.isnan()]
            self._counts[[0, 2]] += len(chunk) - len(numbers)
            if not len(numbers):
                return exact
            precise, (least, most) = numbers.double(), bounds(numbers)
        self._count(numbers, least, most)
        self._sum(precise, least, most)
        self._bin(numbers, least, most)
        return exact

    @property
    def moments(self) -> Moments:
        """The figures so far; all NaN where there was no number."""
        count, zeros, nans, infinities = self._counts.tolist()
        if count == nans:
            return Moments(count, 0, nans, 0, math.nan, math.nan, math.nan, math.nan, math.nan)
        with np.errstate(invalid="ignore"):  # infinite values have no spread
            mean, square, mean_abs = (self._sums / (count - nans)).tolist()
            variance = square - mean**2
        std = math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
        return Moments(count, zeros, nans, infinities, mean, std, *self._extremes, mean_abs)

    @property
    def squares(self) -> float:
        """The sum of squares of all values, NaN if any is."""
        return math.nan if self._counts[2] else float(self._sums[1])

    def _count(self, numbers: Tensor, least: float, most: float) -> None:
        self._extremes = wider(self._extremes, (least, most))
        infinite = int(numbers.isinf().count_nonzero()) if math.isinf(least) or math.isinf(most) else 0
        zeros = len(numbers) - nonzeros(numbers) if least <= 0 <= most else 0
        self._counts += [len(numbers), zeros, 0, infinite]

    def _sum(self, exact: Tensor, least: float, most: float) -> None:
        total = float(exact.sum())
        size = float(exact.abs().sum()) if least < 0 < most else abs(total)
        self._sums += [total, inner_product(exact, exact), size]

    def _bin(self, numbers: Tensor, least: float, most: float) -> None:
        counts = torch.bincount(bins(numbers, self.low, self.high), minlength=BINS)
        self.histogram[1:-1] += counts.cpu().numpy()
        if least < self.low or most > self.high:
            below = int((numbers < self.low).count_nonzero())
            above = int((numbers > self.high).count_nonzero())
            self.histogram[[0, 1, -2, -1]] += [below, -below, -above, above]


def tally(values: Tensor, low: float, high: float) -> TensorHistogram:
    """Return the figures of a tensor of any shape and floating dtype, and its histogram over a range."""
    found = TensorHistogram(low, high)
    for chunk in chunks(values):
        found.add(chunk)
    return found


def inner_product(one: Tensor, other: Tensor) -> float:
    """Return the sum of products of two flat chunks."""
    return float(torch.dot(one, other))


def nonzeros(values: Tensor) -> int:
    """Return how many values are not zero; NaN is not."""
    if values.device.type == "cpu" and values.dtype in _NUMPYS:
        return int(np.count_nonzero(values.numpy() != 0))  # four times as fast as PyTorch's
    return int(values.count_nonzero())


def bins(chunk: Tensor, low: float, high: float) -> Tensor:
    """Return the index 0..63 of each value's bin, int32; what is out of range is in the nearest bin."""
    exact = chunk if chunk.dtype == torch.float64 else chunk.float()
    return (exact - low).mul_(BINS / (high - low)).clamp_(0, BINS - 1).int()
