"""Whether a model is right as often as it is sure: the reliability diagram and its summary."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.formulas import CALIBRATION_BINS, confidence_bins
from core.domain.measurement.intervals import Interval, proportion_interval


@dataclass(frozen=True)
class Bin:
    """Instances of similar confidence: how sure the model is on average, and how often it is right."""

    confidence: float
    right: float
    interval: Interval
    instances: int


@dataclass(frozen=True)
class Calibration:
    """Expected calibration error, 0..1, and the bins that hold instances, by confidence."""

    error: float
    bins: tuple[Bin, ...]


def calibration(confidences: NDArray[np.generic], correct: NDArray[np.bool_]) -> Calibration | None:
    """Return the reliability diagram over 15 equal bins, open below and closed above; None without instances.

    C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. NaN confidences leave no diagram.
    """
    values = np.asarray(confidences, np.float64)
    if not len(values) or np.isnan(values).any():
        return None
    places = confidence_bins(values)
    counts = np.bincount(places, minlength=CALIBRATION_BINS)
    sure = np.bincount(places, weights=values, minlength=CALIBRATION_BINS)
    right = np.bincount(places, weights=correct, minlength=CALIBRATION_BINS)
    bins = [
        _bin(sure[each] / counts[each], right[each] / counts[each], int(counts[each]))
        for each in np.flatnonzero(counts)
    ]
    return Calibration(float(np.abs(sure - right).sum() / len(values)), tuple(bins))


def _bin(confidence: float, right: float, instances: int) -> Bin:
    interval = proportion_interval(float(right), instances) or (math.nan, math.nan)
    return Bin(float(confidence), float(right), interval, instances)
