"""k-means in one dimension by way of a histogram: fast on millions of weights, near the optimum.

Sorted bins make a cluster a range of bins, and running sums make its mean and error a subtraction.
Dynamic programming over coarse bins finds a start close to the global optimum (H. Wang and M. Song,
"Ckmeans.1d.dp", The R Journal 2011); Lloyd's iterations over fine bins finish it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]

EXACT_BELOW = 1 << 14  # up to this many values each distinct one is a bin of its own
FINE_BINS = 1 << 14
COARSE_BINS = 384
LLOYD_ITERATIONS = 300


@dataclass(frozen=True)
class Bins:
    """Values summarised in ascending order: centres, counts, and running sums with a leading zero."""

    centres: Floats
    counts: Floats

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
        return torch.from_numpy(bins.centres).float().unique()
    edges = _optimal_edges(*_coarse(bins), count)
    means = _lloyd(bins, edges)
    return torch.from_numpy(means).float().unique()


def _binned(flat: Tensor) -> Bins:
    if len(flat) <= EXACT_BELOW:
        centres, counts = np.unique(flat.numpy().astype(np.float64), return_counts=True)
        return Bins(centres, counts.astype(np.float64))
    low, high = (float(bound) for bound in flat.aminmax())
    if low == high:
        return Bins(np.array([low]), np.array([float(len(flat))]))
    counts = torch.histc(flat, FINE_BINS, low, high).double().numpy()
    centres = low + (np.arange(FINE_BINS) + 0.5) * ((high - low) / FINE_BINS)
    filled = counts > 0
    return Bins(centres[filled], counts[filled])


def _coarse(bins: Bins) -> tuple[Bins, NDArray[np.intp]]:
    """Return the bins and the edges among which the dynamic programme chooses, evenly spread over error mass.

    For many clusters the best density of means follows the cube root of the density of values.
    """
    mass = np.cumsum(np.cbrt(bins.counts))
    wanted = np.linspace(0, mass[-1], min(COARSE_BINS, len(bins.centres)) + 1)[1:-1]
    inner = np.searchsorted(mass, wanted) + 1
    edges = np.unique(np.concatenate([[0], inner, [len(bins.centres)]]))
    return bins, edges


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
    return edges[np.array([0, *reversed(cuts)])]


def _costs(bins: Bins, edges: NDArray[np.intp]) -> Floats:
    """Return the squared error `(edges, edges)` of one cluster from the row's to the column's edge."""
    counts, sums, squares = (running[edges] for running in bins.running())
    number = counts[None, :] - counts[:, None]
    total = sums[None, :] - sums[:, None]
    error = squares[None, :] - squares[:, None] - total**2 / np.where(number > 0, number, 1)
    return np.where(number > 0, np.maximum(error, 0), np.inf)


def _lloyd(bins: Bins, edges: NDArray[np.intp]) -> Floats:
    """Return the means after alternating between means and nearest-mean boundaries until nothing moves."""
    counts, sums, _ = bins.running()
    means = np.empty(0)
    for _ in range(LLOYD_ITERATIONS):
        edges = np.unique(edges)
        means = np.diff(sums[edges]) / np.diff(counts[edges])
        inner = np.searchsorted(bins.centres, (means[1:] + means[:-1]) / 2, side="right")
        moved = np.concatenate([[0], inner, [len(bins.centres)]])
        if np.array_equal(moved, edges):
            break
        edges = moved
    return means


def _running(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
