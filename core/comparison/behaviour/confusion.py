"""Confusion matrices: which class is taken for which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]


def confusion(labels: Ints, predictions: Ints, classes: int) -> NDArray[np.int64]:
    """Return how often each class (row) got each prediction (column), `(classes, classes)`.

    Labels and predictions outside the classes do not take part.
    """
    inside = (labels >= 0) & (labels < classes) & (predictions >= 0) & (predictions < classes)
    cells = labels[inside].astype(np.int64) * classes + predictions[inside]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def confusion_change(labels: Ints, baseline: Ints, model: Ints, classes: int) -> NDArray[np.int64]:
    """Return the confusion matrix of the model minus that of the baseline.

    Each row sums to 0 where both models have an answer to every instance.
    """
    return confusion(labels, model, classes) - confusion(labels, baseline, classes)


def shares(counts: NDArray[np.integer], labels: Ints) -> NDArray[np.float64]:
    """Return counts as shares of the instances of each class (row); NaN for classes without instances."""
    classes = len(counts)
    inside = labels[(labels >= 0) & (labels < classes)]
    instances = np.bincount(inside, minlength=classes).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = counts / np.where(instances == 0, np.nan, instances)[:, None]
    return found


def busiest(matrix: NDArray[np.generic], most: int) -> list[int]:
    """Return up to `most` classes whose rows and columns hold most beside the diagonal, in their order.

    Classes whose row and column are empty beside the diagonal are left out.
    """
    weight = np.nan_to_num(np.abs(np.asarray(matrix, np.float64)))
    weight[np.diag_indices(len(weight))] = 0
    total = weight.sum(axis=0) + weight.sum(axis=1)
    largest = np.argsort(-total, kind="stable")[:most]
    return sorted(int(index) for index in largest if total[index] > 0)


def alike_together(matrix: NDArray[np.generic]) -> list[int]:
    """Return an order of the classes in which those taken for each other stand together.

    Average linkage over how often classes are confused, with optimal leaf order: Z. Bar-Joseph et al., "Fast
    optimal leaf ordering for hierarchical clustering", Bioinformatics 2001.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(matrix) < 3:
        return list(range(len(matrix)))
    weight = np.nan_to_num(np.abs(np.asarray(matrix, np.float64)))
    both = weight + weight.T
    distance = 1 / (1 + both)
    distance[np.diag_indices(len(distance))] = 0
    tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=len(matrix) <= 200)
    return [int(index) for index in leaves_list(tree)]
