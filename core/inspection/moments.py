"""Figures of one large tensor, gathered chunk by chunk with float64 sums."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compression.chunks import chunks

BINS = 64


@dataclass(frozen=True)
class Moments:
    """Six figures of a tensor. NaN values are counted apart and left out of the others."""

    count: int
    zeros: int
    nans: int
    mean: float
    std: float
    minimum: float
    maximum: float
    mean_abs: float


def moments(values: Tensor) -> Moments:
    """Return the figures of a tensor of any shape and floating dtype; all NaN where it holds no number."""
    sums = np.zeros(3)
    zeros = nans = 0
    minimum, maximum = math.inf, -math.inf
    for chunk in chunks(values):
        exact = chunk.double()
        if bool(exact.sum().isnan()):
            numbers = exact[~exact.isnan()]
            nans += len(exact) - len(numbers)
            exact = numbers
        if len(exact):
            low, high = exact.aminmax()
            minimum, maximum = min(minimum, float(low)), max(maximum, float(high))
            zeros += len(exact) - int(exact.count_nonzero())
            sums += [float(exact.sum()), float(exact.abs().sum()), float(torch.dot(exact, exact))]
    count = values.numel()
    return _finished(count, zeros, nans, sums, (minimum, maximum))


def _finished(
    count: int, zeros: int, nans: int, sums: NDArray[np.float64], bounds: tuple[float, float]
) -> Moments:
    numbers = count - nans
    if not numbers:
        return Moments(count, zeros, nans, math.nan, math.nan, math.nan, math.nan, math.nan)
    with np.errstate(invalid="ignore"):  # infinite weights have no spread
        mean, mean_abs, square = sums / numbers
        variance = square - mean**2
    std = math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
    return Moments(count, zeros, nans, float(mean), std, bounds[0], bounds[1], float(mean_abs))


def finite_range(values: Tensor) -> tuple[float, float]:
    """Return the lowest and highest finite value, half a unit further if they are equal; (0, 1) if none."""
    flat = values.reshape(-1)
    if not flat.numel():
        return 0.0, 1.0
    low, high = (float(bound) for bound in flat.aminmax())
    if not (math.isfinite(low) and math.isfinite(high)):
        flat = flat[flat.isfinite()]
        if not flat.numel():
            return 0.0, 1.0
        low, high = (float(bound) for bound in flat.aminmax())
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def histogram(values: Tensor, low: float, high: float) -> NDArray[np.int64]:
    """Return counts `(66,)`: below `low`, 64 equal bins from `low` to `high`, above `high`; NaN nowhere."""
    counts = torch.zeros(BINS + 2, dtype=torch.int64)
    for chunk in chunks(values):
        exact = chunk if chunk.dtype == torch.float64 else chunk.float()
        counts[1:-1] += torch.histc(exact, BINS, low, high).long().cpu()
        counts[0] += int((exact < low).count_nonzero())
        counts[-1] += int((exact > high).count_nonzero())
    result: NDArray[np.int64] = counts.numpy()
    return result


def change(values: Tensor, before: Tensor) -> tuple[float, float]:
    """Return the norm of the change over the norm before, and the cosine between both.

    NaN where the norm before is zero but the change is not, or where a norm is zero for the cosine.
    """
    difference = own = other = product = 0.0
    for chunk, old in zip(chunks(values), chunks(before), strict=True):
        after, exact = chunk.double(), old.to(chunk.device).double()
        own += float(torch.dot(after, after))
        other += float(torch.dot(exact, exact))
        product += float(torch.dot(after, exact))
        difference += float((after - exact).square().sum())
    relative = math.sqrt(difference / other) if other else (0.0 if difference == 0 else math.nan)
    cosine = product / math.sqrt(own * other) if own and other else math.nan
    return relative, cosine
