"""Metrics over sums of groups against scikit-learn and NumPy."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from core.comparison.metrics.formulas import formula
from core.comparison.metrics.measures import (
    Measure,
    calibration_measure,
    macro_f1_measure,
    mean_measure,
    perplexity_measure,
)

RANDOM = np.random.default_rng(3)
LABELS = RANDOM.integers(0, 4, 300)
PREDICTIONS = np.where(RANDOM.random(300) < 0.7, LABELS, RANDOM.integers(0, 4, 300))


def in_groups(measure: Measure, groups: int) -> float:
    """Return the metric from sums over groups, which must not depend on the groups."""
    codes = np.arange(measure.instances) % groups
    return float(measure.value(measure.sums(codes, groups).sum(axis=0)))


@pytest.mark.parametrize("groups", [1, 7, 300])
def test_macro_f1_is_that_of_scikit_learn(groups):
    found = in_groups(macro_f1_measure(LABELS, PREDICTIONS, 4), groups)
    assert found == pytest.approx(f1_score(LABELS, PREDICTIONS, average="macro"))


def test_predictions_that_are_no_class_are_wrong():
    labels, predictions = np.array([0, 0, 1, 1]), np.array([0, -1, 1, 1])
    assert macro_f1_measure(labels, predictions, 2).total() == pytest.approx((2 / 3 + 1) / 2)


@pytest.mark.parametrize("groups", [1, 7])
def test_calibration_error_of_two_bins(groups):
    confidences = np.array([0.95] * 10 + [0.5] * 10)
    correct = np.array([True] * 8 + [False] * 2 + [True] * 5 + [False] * 5)
    found = in_groups(calibration_measure(confidences, correct), groups)
    assert found == pytest.approx(0.5 * 0.15)  # 95 % sure and right in 80 % of one half, exact in the other


def test_perplexity_weighs_answers_by_their_tokens():
    losses, tokens = np.array([1.0, 3.0]), np.array([3, 1])
    assert mean_measure(losses, tokens).total() == pytest.approx(1.5)
    assert perplexity_measure(losses, tokens).total() == pytest.approx(np.exp(1.5))


def test_loss_is_the_negative_log_probability_of_the_label():
    probabilities = np.array([[0.5, 0.5], [0.1, 0.9]])
    outcomes = {"label": np.array([0, 1]), "log_probabilities": np.log(probabilities).astype(np.float16)}
    found = formula("loss", outcomes, 2)
    assert found is not None
    assert found.measure.total() == pytest.approx(-np.log([0.5, 0.9]).mean(), rel=1e-3)


def test_metrics_that_outcomes_do_not_determine_have_no_formula():
    outcomes = {"label": np.array([0]), "prediction": np.array([0])}
    assert formula("top5", outcomes, 2) is None
    assert formula("loss", outcomes, 2) is None
    assert formula("bleu", outcomes, 2) is None
    assert formula("token_f1", {"token_f1": np.array([0.5, 1.0])}, 0) is not None
