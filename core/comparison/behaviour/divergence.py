"""How far the probabilities of two classifiers lie apart, also where their predictions agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROWS = 1 << 22  # numbers compared at a time, which bounds the memory


@dataclass(frozen=True)
class Divergence:
    """Kullback-Leibler divergence of the model from the baseline over instances, in nats."""

    mean: float
    median: float
    q99: float
    q999: float


def kl_divergences(baseline: NDArray[np.generic], model: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return KL(baseline || model) of every instance, `(instances,)`.

    Both arrays are log-probabilities, `(instances, classes)`. Half precision leaves them unnormalised, hence
    they are normalised first. The result is never below 0.

    Raises:
        ValueError: the shapes differ.
    """
    if baseline.shape != model.shape:
        raise ValueError(f"shapes differ: {baseline.shape}, {model.shape}")
    found = np.empty(len(baseline), np.float64)
    step = max(1, _ROWS // max(1, baseline.shape[1]))
    for first in range(0, len(baseline), step):
        part = slice(first, first + step)
        p, q = _normalised(baseline[part]), _normalised(model[part])
        found[part] = (np.exp(p) * (p - q)).sum(axis=1)
    return np.maximum(found, 0.0)


def divergence(baseline: NDArray[np.generic], model: NDArray[np.generic]) -> Divergence:
    """Return the distribution of the divergence over instances; NaN without instances."""
    each = kl_divergences(baseline, model)
    if not len(each):
        return Divergence(np.nan, np.nan, np.nan, np.nan)
    median, q99, q999 = np.quantile(each, (0.5, 0.99, 0.999)).tolist()
    return Divergence(float(each.mean()), median, q99, q999)


def _normalised(log_probabilities: NDArray[np.generic]) -> NDArray[np.float64]:
    values = np.asarray(log_probabilities, np.float64)
    highest = values.max(axis=1, keepdims=True)
    total: NDArray[np.float64] = highest + np.log(np.exp(values - highest).sum(axis=1, keepdims=True))
    return values - total
