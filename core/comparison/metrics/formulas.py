"""How metrics that evaluations report follow from the stored outcomes, by the name of the metric.

A metric of another name is the mean of the outcome array that is called like it, if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.metrics.measures import (
    Measure,
    calibration_measure,
    macro_f1_measure,
    mean_measure,
    perplexity_measure,
)

CALIBRATION_ERROR = "ece"
"""Name of the expected calibration error where an evaluation reports it."""

Outcomes = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class Formula:
    """A metric over the instances. right: these, where it is their share; then McNemar's test applies."""

    measure: Measure
    right: NDArray[np.bool_] | None = None


def formula(metric: str, outcomes: Outcomes, classes: int) -> Formula | None:
    """Return the metric as a function of the instances; None where the outcomes do not determine it.

    Instances without a label, -1, take no part.
    """
    outcomes = _labelled(outcomes)
    try:
        found = _FORMULAS[metric](outcomes, classes) if metric in _FORMULAS else _mean_of(metric, outcomes)
    except KeyError:  # an array that was not kept
        return None
    return found


def _labelled(outcomes: Outcomes) -> Outcomes:
    if "label" not in outcomes:
        return outcomes
    labels = np.asarray(outcomes["label"], np.int64)
    if (labels >= 0).all():
        return outcomes
    known = np.flatnonzero(labels >= 0)
    return {name: array[known] for name, array in outcomes.items()}


def correct(outcomes: Outcomes) -> NDArray[np.bool_]:
    """Return whether each answer is right, `(instances,)`; `KeyError` without labels."""
    if "correct" in outcomes:
        return np.asarray(outcomes["correct"], np.bool_)
    return np.asarray(outcomes["prediction"] == outcomes["label"], np.bool_)


def losses(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the loss of each instance in nats, `(instances,)`; `KeyError` where it cannot be known."""
    if "loss" in outcomes:
        return np.asarray(outcomes["loss"], np.float64)
    labels = np.asarray(outcomes["label"], np.int64)
    found = np.take_along_axis(outcomes["log_probabilities"], labels[:, None], axis=1)[:, 0]
    return -np.asarray(found, np.float64)


def tokens(outcomes: Outcomes) -> NDArray[np.int64]:
    """Return the number of tokens of each right answer, `(instances,)`; `KeyError` if they were not kept."""
    known = ~np.isnan(np.asarray(outcomes["token_log_probabilities"], np.float32))
    return np.asarray(known.sum(axis=1), np.int64)


def _share(right: NDArray[np.bool_]) -> Formula:
    return Formula(mean_measure(right), right)


def _right(outcomes: Outcomes, _classes: int) -> Formula:
    return _share(correct(outcomes))


def _among_five(outcomes: Outcomes, _classes: int) -> Formula:
    return _share((outcomes["top5"] == outcomes["label"][:, None]).any(axis=1))


def _loss(outcomes: Outcomes, _classes: int) -> Formula:
    weights = tokens(outcomes) if "label" not in outcomes else None
    return Formula(mean_measure(losses(outcomes), weights))


def _perplexity(outcomes: Outcomes, _classes: int) -> Formula:
    return Formula(perplexity_measure(losses(outcomes), tokens(outcomes)))


def _macro_f1(outcomes: Outcomes, classes: int) -> Formula:
    labels, predictions = (np.asarray(outcomes[name], np.int64) for name in ("label", "prediction"))
    return Formula(macro_f1_measure(labels, predictions, classes))


def _calibration(outcomes: Outcomes, _classes: int) -> Formula:
    return Formula(calibration_measure(outcomes["confidence"], correct(outcomes)))


def _mean_of(metric: str, outcomes: Outcomes) -> Formula | None:
    values = outcomes[metric]
    return Formula(mean_measure(values)) if values.ndim == 1 and values.dtype.kind in "biuf" else None


_FORMULAS: Mapping[str, Callable[[Outcomes, int], Formula]] = {
    "top1": _right,
    "accuracy": _right,
    "exact_match": _right,
    "top5": _among_five,
    "loss": _loss,
    "perplexity": _perplexity,
    "macro_f1": _macro_f1,
    CALIBRATION_ERROR: _calibration,
}
