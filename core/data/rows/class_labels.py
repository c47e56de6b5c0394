"""Class labels from the values of a column: whole numbers, or names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.data.rows.class_order import in_order
from core.errors import UnusableInput

MOST_CLASSES = 100_000
_LONGEST_NUMBER = 18
_HIDDEN = "-1"  # instead of every label, where a test split is to be judged by its authors only


def class_names(values: Iterable[Any], given: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the classes in the order of their labels.

    Those given count as they are. Else whole numbers from 0 name themselves, also written as "0.0", and other
    values are sorted.

    Raises:
        UnusableInput: there is no value, or so many that they can hardly be classes.
    """
    if given:
        return tuple(given)
    found = {_text(value) for value in values} - {""}
    if not found:
        raise UnusableInput("No instance has a class.", "Choose the column that holds the classes.")
    numbers = [number for name in found if (number := _whole(name)) is not None]
    if len(numbers) == len(found) and max(numbers) < MOST_CLASSES:
        return tuple(str(number) for number in range(max(numbers) + 1))
    if len(found) > MOST_CLASSES:
        hint = "Choose the column that holds the classes."
        raise UnusableInput(f"The column of classes has {len(found):,} different values.", hint)
    return in_order(found)


def what_else(values: Iterable[Any]) -> str:
    """Return what a column holds that has no classes in it, such as images; empty where it may have."""
    for value in values:
        if isinstance(value, (bytes, bytearray)) or (isinstance(value, Mapping) and "bytes" in value):
            return "images, or other bytes"
        if isinstance(value, (Mapping, list, tuple)):
            return "lists, or objects with several values"
    return ""


def labels_of(values: Iterable[Any], names: Sequence[str]) -> list[int | None]:
    """Return the class that each value means: a name, or the number of one; None if it means none."""
    places = {name: index for index, name in enumerate(names)}
    return [_label(value, places) for value in values]


def are_hidden(values: Iterable[Any]) -> bool:
    """Return whether all labels are -1, which says that they are kept secret.

    Among others, -1 may well be a class: unfavourable, say, beside 0 and 1.
    """
    return {_text(value) for value in values} - {""} == {_HIDDEN}


def _text(value: Any) -> str:
    """Return what a value says, empty if it is missing; columns with gaps hold whole numbers as 1.0."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _label(value: Any, places: Mapping[str, int]) -> int | None:
    text = _text(value)
    if text in places:
        return places[text]
    number = _whole(text)
    return number if number is not None and number < len(places) else None


def _whole(text: str) -> int | None:
    """Return a whole number from 0, also of "3.0"; None for others, or one so long that it is a name."""
    whole, _, rest = text.partition(".")
    if not whole.isdecimal() or len(whole) > _LONGEST_NUMBER or rest.strip("0"):
        return None
    return int(whole)
