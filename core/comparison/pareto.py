"""Which models are on the Pareto front of two metrics: no other is better in one and as good in the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.domain.metric import Direction


def pareto_front(
    x: ArrayLike, y: ArrayLike, *, x_direction: Direction, y_direction: Direction
) -> NDArray[np.intp]:
    """Return the indices of the points on the front, in order of x.

    `x` and `y` have shape (models,). Points with a coordinate that is NaN or infinite take no part.
    Points that coincide are on the front together. Where a direction is `NEITHER` nothing can dominate,
    so there is no front. O(n log n): sort by x, keep what improves on the best y so far.
    """
    if Direction.NEITHER in {x_direction, y_direction}:
        return np.empty(0, dtype=np.intp)
    costs = np.column_stack([_cost(x, x_direction), _cost(y, y_direction)])
    finite = np.flatnonzero(np.isfinite(costs).all(axis=1))
    order = finite[np.lexsort((costs[finite, 1], costs[finite, 0]))]
    kept = order[_undominated(costs[order])]
    return kept if x_direction is Direction.LOWER else kept[::-1]


def _cost(values: ArrayLike, direction: Direction) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    return array if direction is Direction.LOWER else -array


def _undominated(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the points, shape (points, 2), sorted by first then second cost, are on the front."""
    if len(costs) == 0:
        return np.empty(0, dtype=np.bool_)
    best_before = np.concatenate([[np.inf], np.minimum.accumulate(costs[:, 1])[:-1]])
    improves = costs[:, 1] < best_before
    twin = np.concatenate([[False], (costs[1:] == costs[:-1]).all(axis=1)])
    keep = improves.copy()
    for index in np.flatnonzero(twin):
        keep[index] = keep[index - 1]
    return keep
