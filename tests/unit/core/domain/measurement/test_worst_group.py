"""The worst group falls with one collapsing class, and small groups do not count."""

import numpy as np
import pytest
from scipy.stats import binomtest

from core.domain.measurement.worst_group import worst_group


def test_the_lowest_share_of_classes_and_columns_is_found():
    labels = np.repeat([0, 1, 2], [100, 50, 20])
    colours = np.tile([0, 1], 85)
    right = np.ones(170, bool)
    right[150:162] = False  # 12 of the 20 of class 2
    value, interval = worst_group(right, {"label": labels, "slice.colour": colours, "loss": labels})
    assert value == pytest.approx(8 / 20)
    corrected = binomtest(8, 20).proportion_ci(confidence_level=1 - 0.05 / 5, method="wilson")  # of 5 groups
    assert interval == pytest.approx(tuple(corrected))


def test_the_interval_allows_for_the_choice_of_the_lowest():
    draw = np.random.default_rng(0)
    labels = np.repeat(np.arange(20), 50)
    inside = 0
    for _ in range(1000):
        _, (low, high) = worst_group(draw.random(1000) < 0.8, {"label": labels})
        inside += low <= 0.8 <= high
    assert inside >= 950  # of an interval that is not corrected, about 640


def test_an_intersection_in_a_column_can_be_worse_than_every_class():
    codes = np.repeat([0, 1], [88, 12])
    right = codes == 0
    found = worst_group(right, {"label": np.tile([0, 1], 50), "slice.both": codes})
    assert found is not None
    assert found[0] == 0


def test_groups_of_chance_do_not_count():
    labels = np.repeat([0, 1, 2], [100, 50, 9])
    right = labels != 2
    found = worst_group(right, {"label": labels})
    assert found is not None
    assert found[0] == 1


def test_without_two_groups_there_is_no_worst_one():
    assert worst_group(np.ones(30, bool), {"label": np.zeros(30, int)}) is None
    assert worst_group(np.ones(30, bool), {}) is None
