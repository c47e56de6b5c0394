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
    """Return the confusion matrix of the model minus that of the baseline; each row sums to 0."""
    return confusion(labels, model, classes) - confusion(labels, baseline, classes)
