"""A model in another class order is told from one that is merely bad."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.class_permutation import order_remark

NAMES = ("bird", "cat", "dog")
LABELS = np.repeat([0, 1, 2], 20)


def test_a_swap_of_classes_is_told_with_both_recalls() -> None:
    swapped = np.repeat([0, 2, 1], 20)
    said = order_remark(LABELS, swapped, NAMES)
    assert "mean recall is 33.3 %, and would be 100.0 %" in said
    assert "it predicts cat as dog, dog as cat" in said


def test_noise_does_not_hide_it() -> None:
    shifted = (LABELS + 1) % 3
    shifted[::10] = 0
    assert "mean recall" in order_remark(LABELS, shifted, NAMES)


@pytest.mark.parametrize(
    "predictions",
    [
        LABELS,
        np.zeros(60, int),
        np.random.default_rng(0).integers(0, 3, 60),
        np.where(np.arange(60) % 3 > 0, LABELS, (LABELS + 1) % 3),
    ],
    ids=["right", "always the same", "by chance", "two thirds right"],
)
def test_models_in_the_right_order_are_not_suspected(predictions: np.ndarray) -> None:
    assert order_remark(LABELS, predictions, NAMES) == ""


def test_a_collapsed_model_on_rare_classes_is_not_suspected() -> None:
    labels = np.array([0] * 95 + [1] * 5)
    assert order_remark(labels, np.ones(100, int), ("often", "rare")) == ""


def test_no_instances_and_one_class_say_nothing() -> None:
    assert order_remark(np.array([]), np.array([]), NAMES) == ""
    assert order_remark(np.zeros(9), np.zeros(9), ("only",)) == ""
