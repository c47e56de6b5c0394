"""Figures per slice are means over the instances of each."""

from __future__ import annotations

import numpy as np

from core.evaluation.slices import sliced


def test_every_value_of_a_column_has_its_means() -> None:
    scores = {"accuracy": np.array([1, 0, 1, 1]), "loss": np.array([0.1, 2.0, 0.3, np.nan])}
    arrays, figures = sliced({"question": ("who", "how", "who", "why")}, scores)
    assert arrays["slice.question"].dtype == np.int16
    assert arrays["slice.question"].tolist() == [1, 0, 1, 2]
    found = figures["question"]
    assert found["values"] == ["how", "who", "why"]
    assert found["instances"] == [1, 2, 1]
    assert found["metrics"]["accuracy"] == [0, 1, 1]
    np.testing.assert_allclose(found["metrics"]["loss"], [2.0, 0.2, np.nan])


def test_columns_that_group_nothing_are_left_out() -> None:
    names = tuple(str(number) for number in range(1001))
    assert sliced({"id": names}, {}) == ({}, {})
    assert sliced({"empty": ()}, {}) == ({}, {})


def test_values_that_are_numbers_are_in_numerical_order() -> None:
    arrays, figures = sliced({"age": ("10", "9", "", "10")}, {"hit": np.array([1.0, 0.0, 1.0, 0.0])})
    assert figures["age"]["values"] == ["", "9", "10"]
    assert figures["age"]["metrics"]["hit"] == [1.0, 0.0, 0.5]
    assert arrays["slice.age"].tolist() == [2, 1, 0, 2]
