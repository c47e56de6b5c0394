"""Values of variables: equal where people mean the same (3 and 3.0), with a text and a place in order."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain.parameter.choices import choice_words
from core.domain.parameter.spec import ParameterSpec
from core.domain.recipe import show_value


@dataclass(frozen=True)
class Value:
    """One value of one variable. Values are equal if their keys are.

    number: position on a number line, None for anything but a finite number.
    present: false where the model has no such step, so that there is nothing to have a value.
    """

    key: Hashable
    text: str = field(compare=False)
    number: float | None = field(default=None, compare=False)
    present: bool = field(default=True, compare=False)

    @property
    def order(self) -> tuple[int, float, str]:
        """Sort key: absent, then numbers by size, then everything else by its text."""
        if not self.present:
            return (0, 0.0, "")
        return (2, 0.0, self.text) if self.number is None else (1, self.number, "")


ABSENT = Value("absent", "\N{EM DASH}", present=False)
UNSET = Value("unset", "not given")


def value_of(raw: Any, about: ParameterSpec | None = None) -> Value:
    """Return a parameter's value as it is compared and shown; any JSON value will do.

    about: the parameter, so that one of a few values is shown in words.
    """
    if isinstance(raw, bool):
        return Value(("bool", raw), "yes" if raw else "no")
    if isinstance(raw, (int, float)):
        if math.isfinite(raw):
            return Value(("number", raw), show_value(raw), float(raw))
        return Value(("number", str(raw)), str(raw))
    if isinstance(raw, str):
        return Value(("text", raw), str(choice_words(raw, about)))
    return Value(("json", json.dumps(_plain(raw), sort_keys=True)), written(raw))


def written(raw: Any) -> str:
    """Write any parameter value for people, e.g. `bits 4, groups 32` for an object."""
    if isinstance(raw, Mapping):
        return ", ".join(f"{name} {written(value)}" for name, value in raw.items())
    if isinstance(raw, (list, tuple)):
        return ", ".join(written(value) for value in raw)
    return "none" if raw is None else value_of(raw).text


def _plain(raw: Any) -> Any:
    """Return plain JSON containers with whole floats as integers, so that equal values are equal text."""
    if isinstance(raw, Mapping):
        return {str(name): _plain(value) for name, value in raw.items()}
    if isinstance(raw, (list, tuple)):
        return [_plain(value) for value in raw]
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    return raw
