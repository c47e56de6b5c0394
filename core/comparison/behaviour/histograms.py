"""Histograms of a quantity per model over the same bins, so that models can be compared by eye."""

from __future__ import annotations

from collections.abc import Sequence
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


def histograms(compared: Compared, which: Quantity, passed: Bools) -> Histograms | None:
    """Return the histograms of a quantity; None where the outcomes of no model hold it."""
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
    models = tuple(_counted(model_id, values, edges, passed) for model_id, values in found.items())
    return Histograms(which, tuple(edges.tolist()), low, high, models)


def _range(which: Quantity, values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    if which is Quantity.CONFIDENCE:
        return 0.0, 1.0
    if which is Quantity.CONFIDENCE_CHANGE:
        return -1.0, 1.0
    finite = [each[np.isfinite(each)] for each in values]
    ends = [float(np.quantile(np.abs(each), 1 - _TAIL)) for each in finite if len(each)]
    reach = max([*ends, 1e-3])
    return (-reach, reach) if which is Quantity.LOSS_CHANGE else (0.0, reach)


def _counted(
    model_id: str, values: NDArray[np.float64], edges: NDArray[np.float64], passed: Bools
) -> Histogram:
    known = ~np.isnan(values)
    bins = np.searchsorted(edges, values, side="right") - 1
    bins = np.clip(bins, 0, BINS - 1)
    counts = np.bincount(bins[known], minlength=BINS)
    among = np.bincount(bins[known & passed], minlength=BINS)
    return Histogram(model_id, tuple(counts.tolist()), tuple(among.tolist()), int((~known).sum()))
