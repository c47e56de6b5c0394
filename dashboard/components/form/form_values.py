"""Reading what a person entered for a parameter: one value, a list `0.3, 0.5`, or `0.1..0.9 step 0.2`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import InvalidInput, Problem
from dashboard.components.form.form_fields import Field, FieldKind

MOST_VALUES = 1_000
"""More values of one parameter than this are a slip of the hand, not a sweep."""

_LONGEST_SHOWN = 60
"""Characters of an entry that a message quotes."""

_RANGE = re.compile(
    r"^(?P<first>[^.].*?|\.\d.*?)\s*\.\.\s*(?P<last>.+?)(?:\s+step\s+(?P<step>.+))?$", re.IGNORECASE
)
_NONE = frozenset({"none", "null"})

Entered = str | Sequence[str] | None
"""What an input holds: text, or the keys of the choices picked."""


def parse(field: Field, entered: Entered) -> tuple[Any, ...]:
    """Return the values entered for a field, without repetitions; empty means that the default is taken.

    Raises `InvalidInput` with one problem per entry that cannot be read, all under the field's name.
    """
    if field.choices:
        return _picked(field, entered)
    text = entered if isinstance(entered, str) else ", ".join(entered or ())
    pieces = _pieces(field, text)
    if not pieces and field.required:
        raise InvalidInput.of(field.name, f"{field.label} needs a value.", _how_to(field))
    values: list[Any] = []
    problems: list[Problem] = []
    for piece in pieces:
        try:
            values.extend(_values(field, piece))
        except InvalidInput as error:
            problems.extend(error.problems)
    if len(values) > MOST_VALUES:
        problems.append(
            _problem(field, f"{field.label} has {len(values):,} values.", f"Give at most {MOST_VALUES:,}.")
        )
    if problems:
        raise InvalidInput(problems)
    return _distinct(values)


def write(field: Field, values: Sequence[Any]) -> str | list[str]:
    """Return what the input of a field holds so that it reads back as `values`."""
    if field.choices:
        return [json.dumps(value) for value in values]
    if field.kind is FieldKind.ITEMS:
        return "; ".join(json.dumps(value) for value in values)
    return ", ".join("none" if value is None else _plain(value) for value in values)


def initial(field: Field) -> str | list[str]:
    """Return what a fresh input of a field holds: its default, or nothing where there is none."""
    if field.required or (field.default is None and not field.nullable):
        return [] if field.choices else ""
    return write(field, [field.default])


def _pieces(field: Field, text: str) -> list[str]:
    separator = ";" if field.kind is FieldKind.ITEMS else ","
    return [piece.strip() for piece in text.split(separator) if piece.strip()]


def _values(field: Field, piece: str) -> list[Any]:
    if field.nullable and piece.lower() in _NONE:
        return [None]
    if field.kind is FieldKind.TEXT:
        return [piece]
    if field.kind is FieldKind.ITEMS:
        return [_item(field, piece)]
    matched = _RANGE.match(piece)
    if matched is None:
        return [_typed(field, _decimal(field, piece))]
    return _range(field, matched["first"], matched["last"], matched["step"])


def _range(field: Field, first: str, last: str, step: str | None) -> list[Any]:
    start, end = _decimal(field, first), _decimal(field, last)
    if step is None and field.kind is FieldKind.NUMBER:
        raise _invalid(
            field, f"The range {first}..{last} has no step.", f"Write for example {first}..{last} step 0.1."
        )
    width = abs(_decimal(field, step)) if step else Decimal(1)
    if width == 0:
        raise _invalid(field, f"A range with step {step} never ends.", "Give a step other than 0.")
    count = int(abs(end - start) / width) + 1
    if count > MOST_VALUES:
        raise _invalid(
            field, f"The range {first}..{last} has {_many(count)} values.", f"Give at most {MOST_VALUES:,}."
        )
    towards = width if end >= start else -width
    return [_typed(field, start + index * towards) for index in range(count)]


def _many(count: int) -> str:
    return f"{count:,}" if count < 1_000_000_000 else "more than a billion"


def _decimal(field: Field, text: str) -> Decimal:
    percent = text.endswith("%")
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise _invalid(field, f"{field.label}: {shown!r} is not a number.", _how_to(field)) from None
    if not number.is_finite() or not -330 < number.adjusted() <= 300:
        raise _invalid(field, f"{field.label}: {shown} is not a usable number.", _how_to(field))
    return number / 100 if percent else number


def _typed(field: Field, number: Decimal) -> int | float:
    if field.kind is FieldKind.NUMBER:
        return float(number)
    if number != number.to_integral_value():
        raise _invalid(field, f"{field.label}: {number:f} is not a whole number.", _how_to(field))
    return int(number)


def _item(field: Field, piece: str) -> Any:
    try:
        return json.loads(piece)
    except (ValueError, RecursionError):
        raise _invalid(
            field, f"{field.label}: {piece[:_LONGEST_SHOWN]!r} cannot be read.", _how_to(field)
        ) from None


def _picked(field: Field, entered: Entered) -> tuple[Any, ...]:
    keys = [entered] if isinstance(entered, str) and entered else list(entered or ())
    by_key = {choice.key: choice.value for choice in field.choices}
    unknown = [key for key in keys if key not in by_key]
    if unknown:
        offered = ", ".join(choice.label for choice in field.choices)
        raise _invalid(field, f"{field.label} cannot be {', '.join(unknown)}.", f"Choose from: {offered}.")
    if not keys and field.required:
        raise _invalid(field, f"{field.label} needs a value.", "Choose at least one.")
    return tuple(by_key[key] for key in keys)


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple({json.dumps(value, sort_keys=True): value for value in values}.values())


def _plain(value: Any) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _how_to(field: Field) -> str:
    if field.kind is FieldKind.ITEMS:
        return "Write each value as JSON, such as [1, 2], and separate values by semicolons."
    if field.kind is FieldKind.INTEGER:
        return "Write a whole number, a list such as 2, 4, 8, or a range such as 2..8 step 2."
    if field.kind is FieldKind.NUMBER:
        return "Write a number, a list such as 0.3, 0.5, or a range such as 0.1..0.9 step 0.2."
    return "Write a value, or several separated by commas."


def _problem(field: Field, message: str, hint: str) -> Problem:
    return Problem(field.name, message, hint)


def _invalid(field: Field, message: str, hint: str) -> InvalidInput:
    return InvalidInput([_problem(field, message, hint)])
