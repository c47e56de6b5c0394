"""k-means in one dimension by way of a histogram: fast on millions of weights, near the optimum.

Sorted bins make a cluster a range of bins, and running sums make its mean and error a subtraction.
Dynamic programming over coarse bins finds a start close to the global optimum (H. Wang and M. Song,
"Ckmeans.1d.dp", The R Journal 2011); Lloyd's iterations over fine bins finish it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compression.encoding.chunks import histogram

Floats = NDArray[np.float64]

EXACT_BELOW = 1 << 15  # up to this many values each distinct one is a bin of its own
FINE_BINS = 1 << 16
FEW_DISTINCT = 256  # values that crowd into so few bins were clustered before
COARSE_BINS = 384
PROGRAMMED_CLUSTERS = 32  # with more, an even spread is as good a start
LLOYD_ITERATIONS = 300


@dataclass(frozen=True)
class Bins:
    """Values summarised in ascending order: centres, counts, and running sums with a leading zero."""

    centres: Floats
    counts: Floats

    @cached_property
    def running(self) -> tuple[Floats, Floats, Floats]:
        """Return running count, sum and sum of squares, each `(bins + 1,)`."""
        sums = self.counts * self.centres
        return _running(self.counts), _running(sums), _running(sums * self.centres)


def cluster(values: Tensor, count: int) -> Tensor:
    """Return the at most `count` ascending means, float32, that leave a small sum of squared distances.

    values: any shape, finite. The result does not depend on any random choice.
    """
    flat = values.detach().reshape(-1).float().cpu()
    bins = _binned(flat)
    if len(bins.centres) <= count:
        return _ascending(bins.centres)
    if count > PROGRAMMED_CLUSTERS:
        edges = _spread_edges(bins, count)
    else:
        edges = _optimal_edges(bins, _spread_edges(bins, COARSE_BINS), count)
    means = _lloyd(bins, edges, count)
    return _ascending(means)


def _ascending(means: Floats) -> Tensor:
    return torch.from_numpy(np.unique(means.astype(np.float32)))


def _binned(flat: Tensor) -> Bins:
    if len(flat) <= EXACT_BELOW:
        return _exact(flat)
    low, high = (float(bound) for bound in flat.aminmax())
    if low == high:
        return Bins(np.array([low]), np.array([float(len(flat))]))
    counts: Floats = histogram(flat, FINE_BINS, low, high).numpy()
    centres: Floats = low + (np.arange(FINE_BINS, dtype=np.float64) + 0.5) * ((high - low) / FINE_BINS)
    filled = counts > 0
    if filled.sum() <= FEW_DISTINCT:
        return _exact(flat)
    return Bins(centres[filled], counts[filled])


def _exact(flat: Tensor) -> Bins:
    distinct, times = np.unique(flat.numpy().astype(np.float64), return_counts=True)
    return Bins(distinct, times.astype(np.float64))


def _spread_edges(bins: Bins, count: int) -> NDArray[np.intp]:
    """Return at most `count + 1` edges between bins, with about the same error in each range.

    For many clusters their best density is the cube root of the density of values (P. Panter and
    W. Dite, "Quantization distortion in pulse-count modulation", Proc. IRE 1951), which over a bin
    sums up to the cube root of its count times the square of its width.
    """
    last = len(bins.centres)
    window = max(1, last // (4 * count))  # a few bins together, for a steady estimate of the density
    stops = np.append(np.arange(0, last, window), last)
    borders = np.concatenate(
        [bins.centres[:1], (bins.centres[1:] + bins.centres[:-1]) / 2, bins.centres[-1:]]
    )
    counts, widths = np.diff(_running(bins.counts)[stops]), np.diff(borders[stops])
    mass = _running(np.cbrt(counts * widths**2))
    inner = np.interp(np.linspace(0, mass[-1], count + 1)[1:-1], mass, stops).round().astype(np.intp)
    edges: NDArray[np.intp] = np.unique(np.concatenate([[0], inner, [last]]))
    return edges


def _optimal_edges(bins: Bins, edges: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the `count + 1` of the edges that cut the bins into clusters with the least error."""
    cost = _costs(bins, edges)
    best = cost[0].copy()
    choices = []
    for _ in range(min(count, len(edges) - 1) - 1):
        total = best[:, None] + cost
        choice = total.argmin(axis=0)
        best = total[choice, np.arange(len(edges))]
        choices.append(choice)
    position = len(edges) - 1
    cuts = [position]
    for choice in reversed(choices):
        position = int(choice[position])
        cuts.append(position)
    chosen: NDArray[np.intp] = edges[np.array([0, *reversed(cuts)])]
    return chosen


def _costs(bins: Bins, edges: NDArray[np.intp]) -> Floats:
    """Return the squared error `(edges, edges)` of one cluster from the row's to the column's edge."""
    counts, sums, squares = (running[edges] for running in bins.running)
    number = counts[None, :] - counts[:, None]
    total = sums[None, :] - sums[:, None]
    error = squares[None, :] - squares[:, None] - total**2 / np.where(number > 0, number, 1)
    return np.where(number > 0, np.maximum(error, 0), np.inf)


def _lloyd(bins: Bins, edges: NDArray[np.intp], count: int) -> Floats:
    """Return the means after alternating between means and the borders between them until nothing moves."""
    counts, sums, _ = bins.running
    means: Floats = np.empty(0)
    for _ in range(LLOYD_ITERATIONS):
        edges = _filled(bins, np.unique(edges), count)
        means = np.diff(sums[edges]) / np.diff(counts[edges])
        inner = np.searchsorted(bins.centres, (means[1:] + means[:-1]) / 2, side="right")
        moved = np.concatenate([[0], inner, [len(bins.centres)]])
        if np.array_equal(moved, edges):
            break
        edges = moved
    return means


def _filled(bins: Bins, edges: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return `count + 1` edges: while there are fewer, clusters with the most error are cut at their mean."""
    counts, sums, squares = bins.running
    while len(edges) <= count:
        means = np.diff(sums[edges]) / np.diff(counts[edges])
        errors = np.diff(squares[edges]) - means**2 * np.diff(counts[edges])
        errors[np.diff(edges) < 2] = -np.inf
        worst = np.argsort(-errors)[: count + 1 - len(edges)]
        cuts = np.searchsorted(bins.centres, means[worst[np.isfinite(errors[worst])]], side="right")
        edges = np.unique(np.concatenate([edges, cuts]))
    return edges


def _running(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
