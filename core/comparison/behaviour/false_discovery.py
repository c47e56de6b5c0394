"""Correction of p-values for the number of comparisons."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def false_discovery_rates(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return adjusted p-values: those up to a level are significant at that false discovery rate.

    Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", JRSS B 1995. NaN values do not take
    part. SciPy has the same in `scipy.stats`, which takes a second to import.
    """
    given = np.asarray(p_values, np.float64)
    found = np.full(given.shape, np.nan)
    known = np.flatnonzero(np.isfinite(given))
    order = known[np.argsort(given[known], kind="stable")]
    scaled = given[order] * len(order) / np.arange(1, len(order) + 1)
    found[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return found
