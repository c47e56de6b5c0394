"""Classes from the values of a column: which are numbers, which are names, and which can be no classes."""

from __future__ import annotations

from typing import Any

import pytest

from core.data.rows.class_labels import class_names, labels_of, what_else


def test_a_number_too_long_to_be_counted_is_a_name() -> None:
    long = "9" * 5000
    names = class_names([long, "1"], ())
    assert names == ("1", long)
    assert labels_of([long, "1", "8" * 5000], names) == [1, 0, None]


@pytest.mark.parametrize(
    ("values", "held"),
    [
        ([None, {"bytes": b"x", "path": None}], "images, or other bytes"),
        ([b"x"], "images, or other bytes"),
        ([[1, 2]], "lists, or objects with several values"),
        ([{"text": ["a"]}], "lists, or objects with several values"),
        ([None, 1, "a", 2.0, True], ""),
    ],
)
def test_images_and_lists_are_no_classes(values: list[Any], held: str) -> None:
    assert what_else(values) == held


@pytest.mark.parametrize("form", ["{}", "{}.0", "{}.00"])
def test_whole_numbers_in_any_form_are_classes_in_numerical_order(form: str) -> None:
    column = [form.format(number) for number in range(12)]
    names = class_names(reversed(column), ())
    assert names == tuple(map(str, range(12)))
    assert labels_of(column, names) == list(range(12))
    assert labels_of(column, tuple("abcdefghijkl")) == list(range(12))


def test_other_numbers_are_sorted_by_value_and_names_as_texts() -> None:
    assert class_names(["10", "9", "-1"], ()) == ("-1", "9", "10")
    assert class_names(["2.5", "10.0", "1.0"], ()) == ("1.0", "2.5", "10.0")
    assert class_names(["b10", "b9", "a"], ()) == ("a", "b10", "b9")
