"""Whether a classifier seems to have its classes in another order than the data.

H. W. Kuhn, "The Hungarian Method for the Assignment Problem", 1955: the assignment of predicted to right
classes with the highest mean recall, against that of the order as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.presentation.lists import listed

_MOST_CLASSES = 2000
_LEAST_GAIN = 0.2
_LEAST_BEST = 0.5  # models that were never trained reach less in any order
_SHOWN = 4


def order_remark(labels: NDArray[Any], predictions: NDArray[Any], class_names: Sequence[str]) -> str:
    """Return a warning where another order of classes would predict far better; empty where none would.

    labels, predictions: `(instances,)`. Mean recall is compared, so that a model which answers with one class
    only is not taken for one in another order. The gain must exceed what chance gives.
    """
    classes = len(class_names)
    if not 2 <= classes <= _MOST_CLASSES or not len(labels):
        return ""
    recalls = _recalls(labels, predictions, classes)
    rows, columns = linear_sum_assignment(recalls, maximize=True)
    present = max(1, int((recalls.sum(axis=1) > 0).sum()))
    as_it_is = float(recalls.trace()) / present
    best = float(recalls[rows, columns].sum()) / present
    by_chance = 2 * math.sqrt(2 * math.log(classes) / len(labels))
    if best < _LEAST_BEST or best - as_it_is < max(_LEAST_GAIN, by_chance):
        return ""
    moved = [
        (row, column)
        for row, column in zip(rows, columns, strict=True)
        if row != column and recalls[row, column]
    ]
    shown = listed((f"{class_names[row]} as {class_names[column]}" for row, column in moved), _SHOWN)
    return (
        "The classes seem to be in another order than the model's: "
        f"mean recall is {as_it_is * 100:.1f} %, and would be {best * 100:.1f} % "
        f"if the model's classes were assigned anew (it predicts {shown}). "
        "Give the classes in the model's order in the settings of the data."
    )


def _recalls(labels: NDArray[Any], predictions: NDArray[Any], classes: int) -> NDArray[np.float64]:
    """Return the share of each class's instances that are predicted as each class `(right, predicted)`."""
    counts = np.zeros((classes, classes))
    known = predictions >= 0  # those that are a class
    np.add.at(counts, (labels[known].astype(np.int64), predictions[known].astype(np.int64)), 1)
    totals = np.bincount(labels, minlength=classes).astype(np.float64)[:, None]
    shares: NDArray[np.float64] = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    return shares
