"""The probabilities of one instance, with the classes that matter."""

import numpy as np
import pytest

from core.comparison.behaviour.distribution import distribution
from core.comparison.behaviour.predictions import Predictions, Split

CLASSES = tuple(f"class {index}" for index in range(40))


def sure_of(index: int, probability: float) -> Predictions:
    row = np.full((1, 40), (1 - probability) / 39)
    row[0, index] = probability
    return Predictions(np.array([index]), np.array([False]), np.log(row).astype(np.float16))


def test_the_right_class_is_shown_however_improbable():
    found = distribution(Split(np.array([39]), CLASSES), [sure_of(3, 0.9), sure_of(7, 0.5)], 0)
    assert found is not None
    assert [row.name for row in found.rows[:2]] == ["class 3", "class 7"]
    assert [row.name for row in found.rows if row.right] == ["class 39"]
    assert found.rows[0].probabilities == pytest.approx((0.9, 0.5 / 39), abs=1e-3)
    assert (len(found.rows), found.left) == (12, 28)


def test_a_model_without_answer_has_no_probabilities():
    broken = Predictions(np.array([-1]), np.array([False]), np.full((1, 40), np.nan, np.float16))
    found = distribution(Split(np.array([0]), CLASSES), [sure_of(3, 0.9), broken], 0)
    assert found is not None
    assert found.rows[0].probabilities[1] is None


def test_nothing_is_known_without_probabilities():
    plain = Predictions(np.array([1]), np.array([True]))
    assert distribution(Split(np.array([1]), CLASSES), [plain], 0) is None
