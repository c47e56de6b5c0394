"""Metrics against scikit-learn and against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from core.evaluation.metrics import expected_calibration_error, macro_f1, per_class_accuracy

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@given(pairs=pairs)
def test_macro_f1_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs).T
    assert macro_f1(labels, predictions, 5) == pytest.approx(
        f1_score(labels, predictions, average="macro", zero_division=0)
    )


@given(pairs=pairs)
def test_accuracy_per_class_is_recall(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs).T
    accuracy, instances = per_class_accuracy(labels, predictions, 5)
    expected = recall_score(labels, predictions, average=None, labels=range(5), zero_division=np.nan)
    np.testing.assert_allclose(accuracy, expected, rtol=1e-6)
    assert instances.tolist() == np.bincount(labels, minlength=5).tolist()


def test_calibration_error_of_a_worked_case() -> None:
    confidences = np.array([0.95, 0.99, 0.5, 0.52])
    correct = np.array([True, True, True, False])
    # Bins (14/15, 1] and (7/15, 8/15]: gaps 0.03 and 0.01, half of the instances each.
    assert expected_calibration_error(confidences, correct) == pytest.approx(0.5 * 0.03 + 0.5 * 0.01)


def test_perfect_calibration_has_no_error() -> None:
    assert expected_calibration_error(np.ones(10), np.ones(10, dtype=bool)) == 0


@given(seed=st.integers(0, 1000), count=st.integers(1, 200))
def test_calibration_error_is_the_weighted_gap_of_the_bins(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    confidences, correct = generator.random(count), generator.random(count) < 0.5
    expected = 0.0
    for low in np.arange(15) / 15:
        inside = (confidences > low) & (confidences <= low + 1 / 15)
        if inside.any():
            expected += inside.mean() * abs(confidences[inside].mean() - correct[inside].mean())
    assert expected_calibration_error(confidences, correct) == pytest.approx(expected)


def test_nothing_has_no_metrics() -> None:
    nothing = np.array([], dtype=np.int16)
    assert math.isnan(macro_f1(nothing, nothing, 3))
    assert math.isnan(expected_calibration_error(np.array([]), np.array([], dtype=bool)))
    assert math.isnan(expected_calibration_error(np.array([0.5, np.nan]), np.array([True, False])))
    assert np.isnan(per_class_accuracy(nothing, nothing, 3)[0]).all()
