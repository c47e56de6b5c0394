"""What a form asks for, from the parameters of a technique or source."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.domain.parameter.choices import choice_words
from core.domain.parameter.spec import Kind, ParameterSpec


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

    bounds: the values allowed, in words ("above 0 and at most 1"); empty where anything goes.
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


_KINDS = {
    Kind.INTEGER: FieldKind.INTEGER,
    Kind.NUMBER: FieldKind.NUMBER,
    Kind.FLAG: FieldKind.FLAG,
    Kind.LIST: FieldKind.ITEMS,
    Kind.NAMED: FieldKind.ITEMS,
}


def fields(parameters: Iterable[ParameterSpec]) -> tuple[Field, ...]:
    """Return the fields of parameters, in their order."""
    return tuple(map(field_of, parameters))


def field_of(about: ParameterSpec) -> Field:
    """Return the field that asks for a parameter."""
    kind = FieldKind.CHOICE if about.choices else _KINDS.get(about.kind, FieldKind.TEXT)
    return Field(
        name=about.name,
        label=about.label,
        kind=kind,
        help=about.help,
        unit=about.unit,
        bounds=about.bounds if kind in {FieldKind.INTEGER, FieldKind.NUMBER} else "",
        default=about.default,
        required=about.required,
        nullable=about.nullable,
        choices=_choices(kind, about),
        names_model=about.teacher is not None,
        words=about.teacher.words if about.teacher else (),
        uploads=about.place.uploads if about.place else (),
    )


def _choices(kind: FieldKind, about: ParameterSpec) -> tuple[Choice, ...]:
    if kind is FieldKind.FLAG:
        listed: tuple[Choice, ...] = (Choice(value=True, label="yes"), Choice(value=False, label="no"))
    elif kind is FieldKind.CHOICE:
        listed = tuple(Choice(value, str(choice_words(value, about))) for value in about.choices)
    else:
        return ()
    return (*listed, Choice(None, "none")) if about.nullable else listed
