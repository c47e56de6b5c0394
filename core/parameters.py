"""Typed parameters of everything that registers itself: techniques, model sources and data sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import InvalidInput, Problem
from core.presentation.near_names import suggestion

P = TypeVar("P", bound="Parameters")

JSON_OBJECT: dict[str, Any] = {
    "contentMediaType": "application/json",
    "contentSchema": {"type": "object"},
}
"""Beside a text in a JSON schema: the text is itself JSON, an object."""


class Parameters(BaseModel):
    """Base of parameter sets: frozen, no unknown fields, no NaN; forms are generated from its schema.

    Fields are scalars, `Literal` choices or lists of scalars, each with a title and a description,
    so that the JSON schema stays flat (no `$defs`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def parse(kind: type[P], values: Mapping[str, Any], *, path: str = "parameters") -> P:
    """Return the validated parameters.

    Raises:
        InvalidInput: with one problem per wrong field; fields are named `<path>.<field>`.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        known = list(kind.model_fields)
        raise InvalidInput([_problem(dict(details), known, path) for details in error.errors()]) from None


def _problem(details: dict[str, Any], known: list[str], path: str) -> Problem:
    location = [str(part) for part in details["loc"]]
    field = ".".join([path, *location])
    name = location[0] if location else path
    if details["type"] == "extra_forbidden":
        return Problem(field, f"There is no parameter named {name!r}.", suggestion(name, known))
    if details["type"] == "missing":
        return Problem(field, f"The parameter {name!r} is missing.", "Give it a value.")
    reason = str(details["msg"]).removeprefix("Value error, ").rstrip(".")
    stop = "" if reason.endswith("?") else "."
    return Problem(field, f"{name} is {details['input']!r}: {reason[:1].lower()}{reason[1:]}{stop}", "")
