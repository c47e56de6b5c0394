"""What is known of single predictions as one number each: confidence, loss, divergence, and their changes."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.divergence import kl_divergences
from core.comparison.behaviour.predictions import Predictions, present

Floats = NDArray[np.float64]


class Quantity(StrEnum):
    """A number per instance of a model, or of a model and the baseline."""

    CONFIDENCE = "confidence"  # probability of the predicted class, 0..1
    LOSS = "loss"  # negative log-probability of the right answer, nats
    KL = "kl"  # Kullback-Leibler divergence of the model from the baseline, nats
    CONFIDENCE_CHANGE = "confidence-change"  # of the model minus that of the baseline
    LOSS_CHANGE = "loss-change"  # of the model minus that of the baseline, nats


CHANGES = frozenset({Quantity.KL, Quantity.CONFIDENCE_CHANGE, Quantity.LOSS_CHANGE})
"""Quantities that the baseline itself does not have."""


def quantity(
    which: Quantity, model: Predictions, baseline: Predictions, labels: NDArray[np.integer] | None
) -> Floats | None:
    """Return a number per instance, `(instances,)` float64; None where the outcomes do not hold it.

    NaN where a model has no answer. Losses are exact to half precision.
    """
    match which:
        case Quantity.CONFIDENCE:
            return _float(model.confidence)
        case Quantity.LOSS:
            return losses(model, labels)
        case Quantity.KL:
            return _divergence(model, baseline)
        case Quantity.CONFIDENCE_CHANGE:
            return _difference(_float(model.confidence), _float(baseline.confidence))
        case Quantity.LOSS_CHANGE:
            return _difference(losses(model, labels), losses(baseline, labels))


def losses(model: Predictions, labels: NDArray[np.integer] | None) -> Floats | None:
    """Return the loss of every instance as it was kept, or from the log-probability of the right class."""
    if model.loss is not None:
        return _float(model.loss)
    kept = model.log_probabilities
    if kept is None or labels is None:
        return None
    known = (labels >= 0) & (labels < kept.shape[1])
    found = np.full(len(labels), np.nan)
    found[known] = -np.asarray(present(kept)[np.flatnonzero(known), labels[known]], np.float64)
    return found


def _divergence(model: Predictions, baseline: Predictions) -> Floats | None:
    before, after = baseline.log_probabilities, model.log_probabilities
    if before is None or after is None or before.shape != after.shape:
        return None
    with np.errstate(invalid="ignore"):
        return kl_divergences(present(before), present(after))


def _difference(after: Floats | None, before: Floats | None) -> Floats | None:
    return None if after is None or before is None else after - before


def _float(values: NDArray[np.generic] | None) -> Floats | None:
    return None if values is None else np.asarray(values, np.float64)
