"""Histograms of a quantity per model over the same bins, so that models can be compared by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.predictions import Bools
from core.comparison.behaviour.quantities import CHANGES, Quantity, quantity
from core.comparison.behaviour.selecting import Compared

BINS = 24
_TAIL = 0.002
"""Share of values beyond the drawn range of a quantity without bounds; the outermost bins hold them."""


@dataclass(frozen=True)
class Histogram:
    """Instances of one model per bin.

    counts: all instances. passed: those that pass the filters. unknown: instances without the quantity,
    which are in no bin.
    """

    model_id: str
    counts: tuple[int, ...]
    passed: tuple[int, ...]
    unknown: int


@dataclass(frozen=True)
class Histograms:
    """Histograms over common bins; bin i holds values from `edges[i]` up to `edges[i + 1]`.

    The outermost edges are infinite where values lie beyond what is drawn: `low` and `high`.
    """

    quantity: Quantity
    edges: tuple[float, ...]
    low: float
    high: float
    models: tuple[Histogram, ...]


@dataclass(frozen=True, eq=False)
class Binned:
    """The bin of every instance per model, -1 for those without the quantity; see `Histograms`."""

    quantity: Quantity
    edges: tuple[float, ...]
    low: float
    high: float
    bins: Mapping[str, NDArray[np.int8]]


def histograms(compared: Compared, which: Quantity, passed: Bools) -> Histograms | None:
    """Return the histograms of a quantity; None where the outcomes of no model hold it."""
    found = binned(compared, which)
    return None if found is None else counted(found, passed)


def binned(compared: Compared, which: Quantity) -> Binned | None:
    """Return the bins of a quantity; None where the outcomes of no model hold it."""
    everyone = {compared.baseline_id: compared.baseline, **compared.models}
    if which in CHANGES:
        everyone.pop(compared.baseline_id)
    labels = compared.split.labels
    found = {
        model_id: values
        for model_id, model in everyone.items()
        if (values := quantity(which, model, compared.baseline, labels)) is not None
    }
    if not found:
        return None
    low, high = _range(which, list(found.values()))
    edges = np.linspace(low, high, BINS + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    bins = {model_id: _bins(values, edges) for model_id, values in found.items()}
    return Binned(which, tuple(edges.tolist()), low, high, bins)


def counted(found: Binned, passed: Bools) -> Histograms:
    """Return the histograms of all instances, and of those that pass."""
    models = tuple(_histogram(model_id, bins, passed) for model_id, bins in found.bins.items())
    return Histograms(found.quantity, found.edges, found.low, found.high, models)


def _range(which: Quantity, values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    if which is Quantity.CONFIDENCE:
        return 0.0, 1.0
    if which is Quantity.CONFIDENCE_CHANGE:
        return -1.0, 1.0
    finite = [each[np.isfinite(each)] for each in values]
    ends = [float(np.quantile(np.abs(each), 1 - _TAIL)) for each in finite if len(each)]
    reach = max([*ends, 1e-3])
    return (-reach, reach) if which is Quantity.LOSS_CHANGE else (0.0, reach)


def _bins(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int8]:
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)
    return np.where(np.isnan(values), -1, bins).astype(np.int8)


def _histogram(model_id: str, bins: NDArray[np.int8], passed: Bools) -> Histogram:
    unknown, *counts = np.bincount(bins + 1, minlength=BINS + 1).tolist()
    _, *among = np.bincount(bins[passed] + 1, minlength=BINS + 1).tolist()
    return Histogram(model_id, tuple(counts), tuple(among), unknown)
