"""Flips: what changed between two models on the same instances, counted by hand."""

import math

import numpy as np
import pytest

from core.comparison.behaviour.flips import Flips, flips
from core.comparison.behaviour.predictions import Predictions


def predicted(*classes: int, labels: tuple[int, ...] = (0, 0, 1, 1)) -> Predictions:
    """Return predictions of the classes, right where they are the label."""
    prediction = np.array(classes, np.int64)
    return Predictions(prediction, prediction == np.array(labels[: len(classes)]))


def test_flips_are_counted_both_ways() -> None:
    found = flips(predicted(0, 1, 1, 0), predicted(1, 0, 1, 2))
    assert found == Flips(instances=4, changed=3, regressions=1, fixes=1)
    assert found.agreement == 0.25


def test_a_model_agrees_with_itself() -> None:
    same = flips(predicted(0, 1, 1, 0), predicted(0, 1, 1, 0))
    assert (same.changed, same.regressions, same.fixes, same.agreement) == (0, 0, 0, 1)


def test_without_instances_agreement_is_unknown() -> None:
    assert math.isnan(flips(predicted(), predicted()).agreement)


def test_other_instances_are_refused() -> None:
    with pytest.raises(ValueError, match="instances differ: 4, 2"):
        flips(predicted(0, 1, 1, 0), predicted(0, 1))
