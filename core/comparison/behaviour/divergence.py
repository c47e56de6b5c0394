"""How far the probabilities of two classifiers lie apart, also where their predictions agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NUMBERS = 1 << 18  # compared at a time, so that they stay in the processor's cache
FLOOR = -30.0
"""Lower log-probabilities count as this one where they are subtracted: half precision ends soon after."""


@dataclass(frozen=True)
class Divergence:
    """Kullback-Leibler divergence of the model from the baseline over instances, in nats.

    squared: mean squared difference of the log-probabilities of all classes.
    """

    mean: float
    median: float
    q99: float
    q999: float
    squared: float = np.nan


def kl_divergences(baseline: NDArray[np.generic], model: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return KL(baseline || model) of every instance, `(instances,)`.

    Both arrays are log-probabilities, `(instances, classes)`. Half precision leaves them unnormalised, hence
    they are normalised first. The result is never below 0.

    Raises:
        ValueError: the shapes differ.
    """
    return _distances(baseline, model)[0]


def divergence(baseline: NDArray[np.generic], model: NDArray[np.generic]) -> Divergence:
    """Return the distribution of the divergence over instances; NaN without instances."""
    each, squared = _distances(baseline, model)
    if not len(each):
        return Divergence(np.nan, np.nan, np.nan, np.nan)
    median, q99, q999 = np.quantile(each, (0.5, 0.99, 0.999)).tolist()
    return Divergence(float(each.mean()), median, q99, q999, squared / baseline.size)


def _distances(
    baseline: NDArray[np.generic], model: NDArray[np.generic]
) -> tuple[NDArray[np.float64], float]:
    """Return the divergence of every instance, and the sum of all squared differences."""
    if baseline.shape != model.shape:
        raise ValueError(f"shapes differ: {baseline.shape}, {model.shape}")
    found, squared = np.empty(len(baseline), np.float64), 0.0
    step = max(1, _NUMBERS // max(1, baseline.shape[1]))
    for first in range(0, len(baseline), step):
        part = slice(first, first + step)
        p, q = _normalised(baseline[part]), _normalised(model[part])
        found[part] = np.einsum("ij,ij->i", np.exp(p), p - q)
        change = np.maximum(p, FLOOR) - np.maximum(q, FLOOR)
        squared += float(np.einsum("ij,ij->", change, change))
    return np.maximum(found, 0.0), squared


def _normalised(log_probabilities: NDArray[np.generic]) -> NDArray[np.floating]:
    """Return log-probabilities of a distribution; in single precision what was stored in half."""
    kind = np.float32 if log_probabilities.dtype == np.float16 else np.float64
    values = np.asarray(log_probabilities, kind)
    highest = values.max(axis=1, keepdims=True)
    total = highest + np.log(np.exp(values - highest).sum(axis=1, keepdims=True))
    normalised: NDArray[np.floating] = values - total
    return normalised
