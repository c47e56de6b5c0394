"""Metrics as functions of sums over instances, so that they can be computed for any resample of instances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.formulas import CALIBRATION_BINS, confidence_bins
from core.domain.measurement.intervals import Z95

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Measure:
    """A metric of one model.

    sums: for the group of each instance `(instances,)` and their number, returns `(groups, parts)`: what the
        metric needs to know of each group, all of it additive.
    value: returns the metric from totals `(..., parts)`, shape `(...)`.
    optimism: by how much the value exceeds that of all possible instances on average, the least and the most
        that the instances leave open; 0 for means, and nearly so for smooth functions of them.
    """

    instances: int
    sums: Callable[[Codes, int], Floats]
    value: Callable[[Floats], Floats]
    optimism: tuple[float, float] = (0.0, 0.0)

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
    """Return the expected calibration error over 15 equal bins (C. Guo et al., ICML 2017).

    The mean of absolute gaps is never 0, also of a model that is calibrated: chance alone opens gaps, which
    wide confidences make larger (J. Bröcker, "Estimating reliability and resolution of probability forecasts
    through decomposition of the empirical score", Climate Dynamics 2012).
    """
    values = np.asarray(confidences, np.float64)
    bins = confidence_bins(values)
    gaps = values - correct

    def sums(codes: Codes, groups: int) -> Floats:
        cells = codes * CALIBRATION_BINS + bins
        found = np.bincount(cells, weights=gaps, minlength=groups * CALIBRATION_BINS)
        counts = np.bincount(codes, minlength=groups).astype(float)
        return np.hstack([found.reshape(groups, CALIBRATION_BINS), counts[:, None]])

    return Measure(len(values), sums, _calibration, _optimism(gaps, bins))


def _optimism(gaps: Floats, bins: Codes) -> tuple[float, float]:
    """Return by how much the mean absolute gap exceeds the true one: for gaps as measured, and for smaller.

    A gap in a bin is about normal, its absolute value folded normal. The smaller the true gap is, the more of
    what is measured is chance; the smallest plausible one is 1.96 standard errors below what was measured.
    """
    counts = np.bincount(bins, minlength=CALIBRATION_BINS)
    sums = np.bincount(bins, weights=gaps, minlength=CALIBRATION_BINS)
    squares = np.bincount(bins, weights=gaps**2, minlength=CALIBRATION_BINS)
    errors = np.sqrt(np.maximum(squares - sums**2 / np.maximum(counts, 1), 0.0))
    measured = np.abs(sums)
    smallest = np.maximum(measured - Z95 * errors, 0.0)
    most, least = (float((_folded(each, errors) - each).sum()) for each in (smallest, measured))
    instances = max(1, len(gaps))
    return least / instances, most / instances


def _folded(means: Floats, errors: Floats) -> Floats:
    """Return the mean of the absolute value of normal variables."""
    from scipy.special import ndtr

    spread = np.where(errors > 0, errors, 1.0)
    ratios = means / spread
    folded = spread * math.sqrt(2 / math.pi) * np.exp(-(ratios**2) / 2) + means * (1 - 2 * ndtr(-ratios))
    found: Floats = np.where(errors > 0, folded, means)
    return found


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
