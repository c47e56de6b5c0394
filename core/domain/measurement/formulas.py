"""Formulas that measuring and comparing share, so that a name means the same in both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS = 15
"""Of equal width, for the expected calibration error (C. Guo et al., ICML 2017)."""


def confidence_bins(confidences: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return the bin of each confidence, `(instances,)`; a bin holds its upper edge, the first also 0."""
    places = np.ceil(np.asarray(confidences, np.float64) * CALIBRATION_BINS).astype(np.int64) - 1
    return np.clip(places, 0, CALIBRATION_BINS - 1)


def sqnr_db(relative_l2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signal-to-quantization-noise ratio in decibels, minus 20 log10; infinite without noise."""
    with np.errstate(divide="ignore"):
        ratio: NDArray[np.float64] = -20 * np.log10(relative_l2)
    return ratio
