"""What a form asks for, read from the JSON schema of a technique's or source's parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.domain.choices import choice_words


class FieldKind(StrEnum):
    """How a value of a field is entered."""

    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"  # yes or no
    CHOICE = "choice"  # one of a few fixed values
    TEXT = "text"
    ITEMS = "items"  # one value is itself a list, written as JSON


@dataclass(frozen=True)
class Choice:
    """One of the fixed values of a field; `key` stands for it in the browser."""

    value: Any
    label: str

    @property
    def key(self) -> str:
        """Return the value as JSON, so that 4 and "4" stay apart."""
        return json.dumps(self.value)


@dataclass(frozen=True)
class Field:
    """One parameter as a form shows it.

    bounds: the values allowed, in words ("more than 0, at most 1"); empty where anything goes.
    default: the value taken when nothing is entered; meaningless where `required`.
    nullable: whether "none" is a value.
    names_model: whether a value can be the id of a model; `words` then stand for models, too.
    uploads: endings of files that may be uploaded instead of naming one.
    """

    name: str
    label: str
    kind: FieldKind
    help: str = ""
    unit: str = ""
    bounds: str = ""
    default: Any = None
    required: bool = False
    nullable: bool = False
    choices: tuple[Choice, ...] = ()
    names_model: bool = False
    words: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()


def fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields of an object schema, in its order; local `$ref`s are followed."""
    required = set(schema.get("required", ()))
    return tuple(
        _field(name, _resolved(entry, schema), schema, required=name in required)
        for name, entry in schema.get("properties", {}).items()
    )


def _field(name: str, entry: Mapping[str, Any], schema: Mapping[str, Any], *, required: bool) -> Field:
    shape, nullable = _without_null(entry, schema)
    kind = _kind(shape)
    return Field(
        name=name,
        label=str(entry.get("title") or name.replace("_", " ").capitalize()),
        kind=kind,
        help=str(entry.get("description") or shape.get("description", "")),
        unit=str(entry.get("x-unit", "")),
        bounds=_bounds(shape),
        default=entry.get("default"),
        required=required and "default" not in entry,
        nullable=nullable,
        choices=_choices(kind, shape, nullable=nullable),
        names_model="x-model" in entry,
        words=tuple(entry.get("x-words", ())),
        uploads=tuple(entry.get("x-upload", ())),
    )


def _resolved(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    if not isinstance(reference, str):
        return entry
    target: Any = schema
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    # what stands beside the reference belongs to this field and wins over the shared definition
    return {**target, **{key: value for key, value in entry.items() if key != "$ref"}}


def _without_null(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    options = [_resolved(option, schema) for option in entry.get("anyOf", ())]
    shapes = [option for option in options if option.get("type") != "null"]
    if not options:
        return entry, False
    return (shapes[0] if len(shapes) == 1 else {}), len(shapes) < len(options)


def _kind(shape: Mapping[str, Any]) -> FieldKind:
    if "enum" in shape or "const" in shape:
        return FieldKind.CHOICE
    kinds = {
        "integer": FieldKind.INTEGER,
        "number": FieldKind.NUMBER,
        "boolean": FieldKind.FLAG,
        "array": FieldKind.ITEMS,
        "object": FieldKind.ITEMS,
    }
    return kinds.get(str(shape.get("type")), FieldKind.TEXT)


def _choices(kind: FieldKind, shape: Mapping[str, Any], *, nullable: bool) -> tuple[Choice, ...]:
    if kind is FieldKind.FLAG:
        listed: tuple[Choice, ...] = (Choice(value=True, label="yes"), Choice(value=False, label="no"))
    elif kind is FieldKind.CHOICE:
        values = shape["enum"] if "enum" in shape else [shape["const"]]
        listed = tuple(Choice(value, str(choice_words(value, shape))) for value in values)
    else:
        return ()
    return (*listed, Choice(None, "none")) if nullable else listed


def _bounds(shape: Mapping[str, Any]) -> str:
    words = {
        "exclusiveMinimum": "more than",
        "minimum": "at least",
        "exclusiveMaximum": "less than",
        "maximum": "at most",
    }
    return ", ".join(f"{word} {_bound(shape[key])}" for key, word in words.items() if key in shape)


def _bound(value: float) -> str:
    """Return e.g. `1,000,000` or `0.99`."""
    return f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else f"{value:g}"
