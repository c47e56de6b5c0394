"""Figures of one large tensor, gathered chunk by chunk with float64 sums."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compression.chunks import chunks

BINS = 64
Counts = NDArray[np.int64]


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


def moments(values: Tensor) -> Moments:
    """Return the figures of a tensor of any shape and floating dtype; all NaN where it holds no number."""
    sums = np.zeros(3)
    zeros = numbers = infinities = 0
    minimum, maximum = math.inf, -math.inf
    for chunk, low, high in _numbers(values):
        minimum, maximum = min(minimum, low), max(maximum, high)
        if math.isinf(low) or math.isinf(high):
            infinities += int(chunk.isinf().count_nonzero())
        numbers += len(chunk)
        zeros += len(chunk) - nonzeros(chunk)
        exact = chunk.to(torch.float64, copy=True)
        sums += [float(exact.sum()), inner_product(exact, exact), float(exact.abs_().sum())]
    count = values.numel()
    if not numbers:
        return Moments(count, zeros, count, 0, math.nan, math.nan, math.nan, math.nan, math.nan)
    with np.errstate(invalid="ignore"):  # infinite values have no spread
        mean, square, mean_abs = sums / numbers
        variance = square - mean**2
    std = math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
    return Moments(
        count, zeros, count - numbers, infinities, float(mean), std, minimum, maximum, float(mean_abs)
    )


def inner_product(one: Tensor, other: Tensor) -> float:
    """Return the sum of products of two flat chunks, without the threads that BLAS would wake for each."""
    if one.device.type == "cpu":
        return float(np.einsum("i,i->", one.numpy(), other.numpy()))
    return float(torch.dot(one, other))


def nonzeros(values: Tensor) -> int:
    """Return how many values are not zero; NaN is not."""
    if values.device.type == "cpu" and values.dtype in (torch.bool, torch.float32, torch.float64):
        return int(np.count_nonzero(values.detach().numpy() != 0))
    return int(values.count_nonzero())


def finite_range(values: Tensor) -> tuple[float, float]:
    """Return the lowest and highest finite value, half a unit further if they are equal; (0, 1) if none."""
    flat = values.detach().reshape(-1)
    if not flat.numel():
        return 0.0, 1.0
    low, high = _bounds(flat)
    if not (math.isfinite(low) and math.isfinite(high)):
        flat = flat[flat.isfinite()]
        if not flat.numel():
            return 0.0, 1.0
        low, high = _bounds(flat)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def histogram(values: Tensor, low: float, high: float) -> Counts:
    """Return counts `(66,)`: below `low`, 64 equal bins from `low` to `high`, above `high`; NaN nowhere."""
    counts: Counts = np.zeros(BINS + 2, np.int64)
    for chunk, least, most in _numbers(values):
        counts[1:-1] += torch.bincount(bins(chunk, low, high), minlength=BINS).cpu().numpy()
        if least < low or most > high:
            below, above = int((chunk < low).count_nonzero()), int((chunk > high).count_nonzero())
            counts[[0, 1, -2, -1]] += [below, -below, -above, above]
    return counts


def bins(chunk: Tensor, low: float, high: float) -> Tensor:
    """Return the index 0..63 of each value's bin, int32; what is out of range is in the nearest bin."""
    exact = chunk if chunk.dtype == torch.float64 else chunk.float()
    return (exact - low).mul_(BINS / (high - low)).clamp_(0, BINS - 1).int()


def change(values: Tensor, before: Tensor) -> tuple[float, float]:
    """Return the norm of the change over the norm before, and the cosine between both.

    NaN where the norm before is zero but the change is not, or where a norm is zero for the cosine.
    """
    difference = own = other = product = 0.0
    for chunk, old in zip(chunks(values), chunks(before.to(values.device)), strict=True):
        after, exact = chunk.to(torch.float64, copy=True), old.double()
        own += inner_product(after, after)
        other += inner_product(exact, exact)
        product += inner_product(after, exact)
        after -= exact
        difference += inner_product(after, after)
    relative = math.sqrt(difference / other) if other else (0.0 if difference == 0 else math.nan)
    if math.isinf(own) or math.isinf(other):
        return math.nan, math.nan
    cosine = product / math.sqrt(own * other) if own and other else math.nan
    return relative, cosine


def sqnr_db(relative_l2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signal-to-noise ratio in decibels, minus 20 log10; infinite where nothing changed."""
    with np.errstate(divide="ignore"):
        ratio: NDArray[np.float64] = -20 * np.log10(relative_l2)
    return ratio


def _bounds(values: Tensor) -> tuple[float, float]:
    low, high = values.aminmax()
    return float(low), float(high)


def _numbers(values: Tensor) -> Iterator[tuple[Tensor, float, float]]:
    """Yield the chunks of a tensor without their NaN values, each with its lowest and highest value."""
    for chunk in chunks(values):
        if not len(chunk):
            continue
        numbers, (low, high) = chunk, _bounds(chunk)
        if math.isnan(low):
            numbers = chunk[~chunk.isnan()]
            if not len(numbers):
                continue
            low, high = _bounds(numbers)
        yield numbers, low, high
