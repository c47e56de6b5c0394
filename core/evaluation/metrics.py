"""Formulas of classification metrics over stored outcomes, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.formulas import CALIBRATION_BINS, confidence_bins
from core.domain.measurement.intervals import Interval

BOOTSTRAP_DRAWS = 500

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
    predicted = np.bincount(predictions[predictions >= 0], minlength=classes)  # those that are a class
    correct = np.bincount(labels[labels == predictions], minlength=classes)
    present = (support + predicted) > 0
    if not present.any():
        return float("nan")
    return float((2 * correct[present] / (support + predicted)[present]).mean())


def macro_f1_interval(labels: Ints, predictions: Ints, classes: int) -> Interval | None:
    """Return the 95 % bootstrap percentile interval of the macro F1 score; None for fewer than two instances.

    Instances are drawn with replacement, which only changes how often each pair of label and prediction
    occurs; so the pairs' counts are drawn instead, from a multinomial distribution (seeded). It is widened to
    contain the score itself, which resampling underestimates where classes are rare.
    """
    if len(labels) < 2:
        return None
    numbers = labels.astype(np.int64) * (classes + 1) + predictions + 1  # -1 is no class
    pairs, counts = np.unique(numbers, return_counts=True)
    right, guessed = pairs // (classes + 1), pairs % (classes + 1) - 1
    draw, shares = np.random.default_rng(0), counts / len(labels)
    scores = [
        _macro_f1_of_pairs(draw.multinomial(len(labels), shares), right, guessed, classes)
        for _ in range(BOOTSTRAP_DRAWS)
    ]
    low, high = np.percentile(scores, [2.5, 97.5])
    value = macro_f1(labels, predictions, classes)
    return min(float(low), value), max(float(high), value)


def _macro_f1_of_pairs(counts: Ints, labels: Ints, predictions: Ints, classes: int) -> float:
    support = np.bincount(labels, counts, classes)
    known = predictions >= 0
    predicted = np.bincount(predictions[known], counts[known], classes)
    hits = labels == predictions
    correct = np.bincount(labels[hits], counts[hits], classes)
    present = (support + predicted) > 0
    return float((2 * correct[present] / (support + predicted)[present]).mean())


def expected_calibration_error(confidences: Floats, correct: NDArray[np.bool_]) -> float:
    """Return the mean gap between confidence and accuracy over 15 equal bins, weighted by their instances.

    C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. Bins are open below and
    closed above. NaN without instances, and where a confidence is NaN.
    """
    if len(confidences) == 0 or np.isnan(confidences).any():
        return float("nan")
    bins = confidence_bins(confidences)
    confidence_sum = np.bincount(bins, weights=confidences.astype(np.float64), minlength=CALIBRATION_BINS)
    correct_sum = np.bincount(bins, weights=correct.astype(np.float64), minlength=CALIBRATION_BINS)
    return float(np.abs(confidence_sum - correct_sum).sum() / len(confidences))
