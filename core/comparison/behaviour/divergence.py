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
    snr_db, psnr_db: of the outputs against the baseline's, see `_OutputNoise`.
    unknown: instances left out of all figures, since a model puts out NaN or infinity there.
    """

    mean: float
    median: float
    q99: float
    q999: float
    squared: float = np.nan
    snr_db: float = np.nan
    psnr_db: float = np.nan
    unknown: int = 0


@dataclass
class _OutputNoise:
    """Sums from which signal-to-noise ratios follow, with the baseline's outputs as the signal.

    Outputs are log-probabilities less their mean over classes, which are logits less theirs: a constant added
    to all logits of an instance changes no prediction. SNR: mean square of the signal over that of the
    difference. PSNR: square of the signal's range over the mean square of the difference.
    """

    signal: float = 0.0
    noise: float = 0.0
    lowest: float = np.inf
    highest: float = -np.inf
    numbers: int = 0

    def add(self, before: NDArray[np.floating], change: NDArray[np.floating]) -> None:
        """Add the baseline's clipped outputs and what changed of them, both `(instances, classes)`."""
        classes = before.shape[1]
        mean = before.mean(axis=1)
        power, noise = (np.einsum("ij,ij->i", each, each) for each in (before, change))
        power, noise = power - classes * mean**2, noise - classes * change.mean(axis=1) ** 2
        known = np.isfinite(power) & np.isfinite(noise)
        self.signal += float(power[known].sum(dtype=np.float64))
        self.noise += float(np.maximum(noise[known], 0).sum(dtype=np.float64))
        self.lowest = min(self.lowest, float((before.min(axis=1) - mean)[known].min(initial=np.inf)))
        self.highest = max(self.highest, float((before.max(axis=1) - mean)[known].max(initial=-np.inf)))
        self.numbers += classes * int(known.sum())

    @property
    def snr_db(self) -> float:
        """The signal-to-noise ratio in dB; infinite for equal outputs, NaN where nothing is known."""
        return _decibels(self.signal, self.noise) if self.numbers else np.nan

    @property
    def psnr_db(self) -> float:
        """The peak signal-to-noise ratio in dB."""
        if not self.numbers:
            return np.nan
        return _decibels((self.highest - self.lowest) ** 2, self.noise / self.numbers)


def _decibels(signal: float, noise: float) -> float:
    if noise <= 0:
        return np.inf
    return float(10 * np.log10(signal / noise)) if signal > 0 else -np.inf


def kl_divergences(baseline: NDArray[np.generic], model: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return KL(baseline || model) of every instance, `(instances,)`.

    Both arrays are log-probabilities, `(instances, classes)`. Half precision leaves them unnormalised, hence
    they are normalised first. The result is never below 0.

    Raises:
        ValueError: the shapes differ.
    """
    return _distances(baseline, model)[0]


def divergence(baseline: NDArray[np.generic], model: NDArray[np.generic]) -> Divergence:
    """Return the distribution of the divergence over instances; NaN where it is known of none."""
    noise = _OutputNoise()
    with np.errstate(invalid="ignore"):
        every, squared = _distances(baseline, model, noise)
    each = every[np.isfinite(every)]
    unknown = len(every) - len(each)
    if not len(each):
        return Divergence(np.nan, np.nan, np.nan, np.nan, unknown=unknown)
    median, q99, q999 = np.quantile(each, (0.5, 0.99, 0.999)).tolist()
    found = squared / (len(each) * baseline.shape[1])
    noises = noise.snr_db, noise.psnr_db
    return Divergence(float(each.mean()), median, q99, q999, found, *noises, unknown)


def _distances(
    baseline: NDArray[np.generic], model: NDArray[np.generic], noise: _OutputNoise | None = None
) -> tuple[NDArray[np.float64], float]:
    """Return the divergence of every instance, and the sum of squared differences where that is finite.

    Outputs and their changes are added to `noise`.
    """
    if baseline.shape != model.shape:
        raise ValueError(f"shapes differ: {baseline.shape}, {model.shape}")
    found, squared = np.empty(len(baseline), np.float64), 0.0
    step = max(1, _NUMBERS // max(1, baseline.shape[1]))
    for first in range(0, len(baseline), step):
        part = slice(first, first + step)
        p, q = _normalised(baseline[part]), _normalised(model[part])
        found[part] = np.einsum("ij,ij->i", np.exp(p), p - q)
        before = np.maximum(p, FLOOR)
        change = before - np.maximum(q, FLOOR)
        squared += float(
            np.einsum("ij,ij->i", change, change)[np.isfinite(found[part])].sum(dtype=np.float64)
        )
        if noise is not None:
            noise.add(before, change)
    return np.maximum(found, 0.0), squared


def _normalised(log_probabilities: NDArray[np.generic]) -> NDArray[np.floating]:
    """Return log-probabilities of a distribution; in single precision what was stored in half."""
    kind = np.float32 if log_probabilities.dtype == np.float16 else np.float64
    values = np.asarray(log_probabilities, kind)
    highest = values.max(axis=1, keepdims=True)
    total = highest + np.log(np.exp(values - highest).sum(axis=1, keepdims=True))
    normalised: NDArray[np.floating] = values - total
    return normalised
