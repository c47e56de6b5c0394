"""Parameters of techniques and sources as forms, checks, catalogues, commands and messages read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.domain.parameter.traits import Traits
from core.presentation.bounds import bounds
from core.presentation.counts import counted
from core.presentation.labels import in_sentence
from core.presentation.numbers import number


class Kind(StrEnum):
    """Type of a parameter's values."""

    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    LIST = "list"
    NAMED = "named values"  # a mapping from names
    ANY = "any"  # unions; only the worker can check them


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Which values a parameter, or an item of a list, accepts.

    choices: the only values, where there are few. nullable: None is a value too.
    minimum, maximum, above, below: of numbers; the last two are no values themselves.
    shortest, longest: characters of a text, items of a list. pattern: regular expression, searched in texts.
    multiple_of: step between numbers. items: shape of a list's items.
    """

    kind: Kind = Kind.ANY
    choices: tuple[Any, ...] = ()
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    multiple_of: float | None = None
    items: Shape | None = None

    @property
    def bounds(self) -> str:
        """What numbers, lengths and texts are limited to, e.g. `from 0 to below 1`; or nothing."""
        words = [bounds(self.minimum, self.maximum, above=self.above, below=self.below)]
        noun = "item" if self.kind is Kind.LIST else "character"
        words += [f"at least {counted(self.shortest, noun)}"] if self.shortest is not None else []
        words += [f"at most {counted(self.longest, noun)}"] if self.longest is not None else []
        words += [f"like {self.pattern}"] if self.pattern else []
        words += [f"in steps of {number(self.multiple_of)}"] if self.multiple_of is not None else []
        return ", ".join(word for word in words if word)


@dataclass(frozen=True, kw_only=True)
class ParameterSpec(Shape, Traits):
    """One parameter as a catalogue publishes it.

    label: what people call it. help: one or two sentences. default: the value taken where none is given;
    meaningless where one is `required`.
    """

    name: str
    label: str
    help: str = ""
    default: Any = None
    required: bool = False

    @property
    def running_label(self) -> str:
        """The label as it stands in a sentence, e.g. `learning rate`."""
        return in_sentence(self.label)

    def used_beside(self, values: Mapping[str, Any]) -> bool:
        """Return whether it has an effect beside the values of the others."""
        return all(values.get(other) in wanted for other, wanted in self.used_with.items())

    def used_beside_some(self, values: Mapping[str, Sequence[Any]]) -> bool:
        """Return whether it has an effect beside some of a sweep's values of the others."""
        return met(self.used_with, values)


def met(wanted: Mapping[str, Sequence[Any]], values: Mapping[str, Sequence[Any]]) -> bool:
    """Return whether some of the values of each parameter are among those wanted of it."""
    return all(any(value in accepted for value in values.get(name, ())) for name, accepted in wanted.items())
