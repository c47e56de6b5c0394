"""Histograms of tensors with ranges of their own, added up over one range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def rebinned(counts: NDArray[np.generic], ranges: Numbers, low: float, high: float, bins: int) -> Numbers:
    """Return `(..., bins + 2)`: histograms over `low` to `high` with a bin below and one above.

    counts: `(tensors, ..., 66)`: below the range, 64 equal bins, above it. ranges: `(tensors, 2)`. Values are
    taken to be spread evenly within a bin, so that none is lost; the tensors are added up.
    """
    own = np.asarray(counts, np.float64)
    inner = own[..., 1:-1]
    cumulated = np.concatenate([np.zeros((*inner.shape[:-1], 1)), np.cumsum(inner, axis=-1)], axis=-1)
    edges = np.linspace(low, high, bins + 1)
    width = (ranges[:, 1] - ranges[:, 0]) / inner.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        place = (edges[None, :] - ranges[:, :1]) / width[:, None]
    place = np.clip(np.nan_to_num(place), 0, inner.shape[-1])
    place = place.reshape(len(own), *[1] * (own.ndim - 2), bins + 1)
    lower = np.minimum(place.astype(np.int64), inner.shape[-1] - 1)
    index = np.broadcast_to(lower, (*own.shape[:-1], bins + 1))
    before = np.take_along_axis(cumulated, index, axis=-1)
    after = np.take_along_axis(cumulated, index + 1, axis=-1)
    at = before + (after - before) * (place - lower)
    found = np.empty((*own.shape[1:-1], bins + 2))
    found[..., 1:-1] = np.diff(at, axis=-1).sum(axis=0)
    found[..., 0] = (own[..., 0] + at[..., 0]).sum(axis=0)
    found[..., -1] = (own[..., -1] + cumulated[..., -1] - at[..., -1]).sum(axis=0)
    return found


def heights(histograms: Numbers) -> NDArray[np.uint8]:
    """Return the bars of several histograms `(models, ..., bins)` as 0 to 255, by the root of the count.

    The largest bin of all has the full height; a bin that is not empty has at least 1.
    """
    largest = float(histograms.max(initial=0.0))
    if largest <= 0:
        return np.zeros(histograms.shape, np.uint8)
    scaled = np.sqrt(histograms / largest) * 255
    return np.where(histograms > 0, np.clip(np.round(scaled), 1, 255), 0).astype(np.uint8)
