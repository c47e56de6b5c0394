"""Metrics as functions of sums over instances, so that they can be computed for any resample of instances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.calibration import CALIBRATION_BINS

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Measure:
    """A metric of one model.

    sums: for the group of each instance `(instances,)` and their number, returns `(groups, parts)`: what the
        metric needs to know of each group, all of it additive.
    value: returns the metric from totals `(..., parts)`, shape `(...)`.
    """

    instances: int
    sums: Callable[[Codes, int], Floats]
    value: Callable[[Floats], Floats]

    def total(self) -> float:
        """Return the metric over all instances."""
        everything = np.zeros(self.instances, np.int64)
        return float(self.value(self.sums(everything, 1))[0])


def mean_measure(values: NDArray[np.generic], weights: NDArray[np.generic] | None = None) -> Measure:
    """Return the mean of `values`, `(instances,)`; with weights, e.g. numbers of tokens, the weighted one."""
    numbers = np.asarray(values, np.float64)
    shares = np.ones(len(numbers)) if weights is None else np.asarray(weights, np.float64)
    return Measure(len(numbers), _summing(numbers * shares, shares), _ratio)


def perplexity_measure(losses: NDArray[np.generic], tokens: NDArray[np.generic]) -> Measure:
    """Return the exponential of the loss per token."""
    loss = mean_measure(losses, tokens)
    return Measure(loss.instances, loss.sums, lambda totals: np.exp(_ratio(totals)))


def macro_f1_measure(labels: NDArray[np.integer], predictions: NDArray[np.integer], classes: int) -> Measure:
    """Return the mean F1 score of the classes that occur; predictions outside the classes are wrong."""
    right = labels == predictions
    known = (predictions >= 0) & (predictions < classes)

    def sums(codes: Codes, groups: int) -> Floats:
        def counted(chosen: NDArray[np.bool_], values: NDArray[np.integer]) -> Floats:
            cells = codes[chosen] * classes + values[chosen]
            return np.bincount(cells, minlength=groups * classes).reshape(groups, classes).astype(float)

        every = np.ones(len(labels), np.bool_)
        occurs = counted(every, labels) + counted(known, predictions)
        return np.hstack([counted(right, labels), occurs])

    return Measure(len(labels), sums, _macro_f1)


def calibration_measure(confidences: NDArray[np.generic], correct: NDArray[np.bool_]) -> Measure:
    """Return the expected calibration error over 15 equal bins (C. Guo et al., ICML 2017)."""
    values = np.asarray(confidences, np.float64)
    bins = np.clip(np.ceil(values * CALIBRATION_BINS).astype(np.int64) - 1, 0, CALIBRATION_BINS - 1)
    gaps = values - correct

    def sums(codes: Codes, groups: int) -> Floats:
        cells = codes * CALIBRATION_BINS + bins
        found = np.bincount(cells, weights=gaps, minlength=groups * CALIBRATION_BINS)
        counts = np.bincount(codes, minlength=groups).astype(float)
        return np.hstack([found.reshape(groups, CALIBRATION_BINS), counts[:, None]])

    return Measure(len(values), sums, _calibration)


def _summing(*parts: Floats) -> Callable[[Codes, int], Floats]:
    def sums(codes: Codes, groups: int) -> Floats:
        return np.stack([np.bincount(codes, weights=part, minlength=groups) for part in parts], axis=1)

    return sums


def _ratio(totals: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = totals[..., 0] / totals[..., 1]
    return found


def _macro_f1(totals: Floats) -> Floats:
    classes = totals.shape[-1] // 2
    right, occurs = totals[..., :classes], totals[..., classes:]
    present = occurs > 0
    scores = np.divide(2 * right, occurs, out=np.zeros_like(right), where=present)
    with np.errstate(invalid="ignore"):
        found: Floats = scores.sum(axis=-1) / present.sum(axis=-1)
    return found


def _calibration(totals: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.abs(totals[..., :-1]).sum(axis=-1) / totals[..., -1]
    return found
