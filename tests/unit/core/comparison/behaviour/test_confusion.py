"""Confusion matrices against scikit-learn, their order, and which classes are shown."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from core.comparison.behaviour.confusion import alike_together, busiest, confusion, confusion_change, shares


def test_counts_and_shares_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    labels, given = generator.integers(0, 7, 500), generator.integers(0, 7, 500)
    found = confusion(labels, given, 7)
    assert (found == confusion_matrix(labels, given, labels=range(7))).all()
    expected = confusion_matrix(labels, given, labels=range(7), normalize="true")
    assert shares(found, labels) == pytest.approx(expected)


def test_classes_without_instances_have_no_share():
    labels = np.array([0, 0, -1])
    assert np.isnan(shares(confusion(labels, np.array([0, 1, 1]), 3), labels)[1:]).all()


def test_rows_of_a_change_sum_to_zero_and_both_directions_are_opposite():
    generator = np.random.default_rng(1)
    labels, a, b = (generator.integers(0, 9, 300) for _ in range(3))
    change = confusion_change(labels, a, b, 9)
    assert (change.sum(axis=1) == 0).all()
    assert (change == -confusion_change(labels, b, a, 9)).all()


def test_only_classes_with_a_mistake_are_shown():
    change = np.zeros((1000, 1000), int)
    change[3, 700], change[3, 3], change[5, 5] = 4, -4, 9
    assert busiest(change, 16) == [3, 700]
    change[np.arange(100), np.arange(100) + 1] = 1
    assert busiest(change, 2) == [3, 700]


def test_classes_taken_for_each_other_stand_together():
    matrix = np.diag([50] * 6)
    for one, other in ((0, 3), (1, 4), (2, 5)):
        matrix[one, other] = matrix[other, one] = 20
    order = alike_together(matrix)
    assert sorted(order) == list(range(6))
    assert {frozenset(order[place : place + 2]) for place in (0, 2, 4)} == {
        frozenset({0, 3}),
        frozenset({1, 4}),
        frozenset({2, 5}),
    }
