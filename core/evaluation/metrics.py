"""Formulas of classification metrics over stored outcomes, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS = 15

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]


def per_class_accuracy(labels: Ints, predictions: Ints, classes: int) -> tuple[Floats, Ints]:
    """Return recall and number of instances of each class, both `(classes,)`; NaN where there are none."""
    instances = np.bincount(labels, minlength=classes)
    correct = np.bincount(labels[labels == predictions], minlength=classes)
    accuracy = np.full(classes, np.nan)
    np.divide(correct, instances, out=accuracy, where=instances > 0)
    return accuracy.astype(np.float32), instances.astype(np.int32)


def macro_f1(labels: Ints, predictions: Ints, classes: int) -> float:
    """Return the mean F1 score of the classes that occur among labels or predictions; NaN if none does."""
    support = np.bincount(labels, minlength=classes)
    predicted = np.bincount(predictions, minlength=classes)
    correct = np.bincount(labels[labels == predictions], minlength=classes)
    present = (support + predicted) > 0
    if not present.any():
        return float("nan")
    return float((2 * correct[present] / (support + predicted)[present]).mean())


def expected_calibration_error(confidences: Floats, correct: NDArray[np.bool_]) -> float:
    """Return the mean gap between confidence and accuracy over 15 equal bins, weighted by their instances.

    C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. Bins are open below and
    closed above. NaN without instances, and where a confidence is NaN.
    """
    if len(confidences) == 0 or np.isnan(confidences).any():
        return float("nan")
    bins = np.clip(
        np.ceil(confidences.astype(np.float64) * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1
    )
    confidence_sum = np.bincount(bins, weights=confidences.astype(np.float64), minlength=CALIBRATION_BINS)
    correct_sum = np.bincount(bins, weights=correct.astype(np.float64), minlength=CALIBRATION_BINS)
    return float(np.abs(confidence_sum - correct_sum).sum() / len(confidences))
