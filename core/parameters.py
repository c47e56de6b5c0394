"""Typed parameters of everything that registers itself: techniques, model sources and data sources.

A parameter is a field of a pydantic model with a title, a description and bounds; `Declared` adds what
pydantic has no word for. `specs` turns the fields into what catalogues publish.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.domain.parameter.spec import Kind, ParameterSpec, Shape
from core.domain.parameter.traits import Traits
from core.errors import InvalidInput, Problem
from core.presentation.labels import from_name, sentence_case
from core.presentation.near_names import suggestion

P = TypeVar("P", bound="Parameters")

_KINDS = {
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.FLAG,
    "string": Kind.TEXT,
    "array": Kind.LIST,
    "object": Kind.NAMED,
}
_LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "above": "exclusiveMinimum",
    "below": "exclusiveMaximum",
    "pattern": "pattern",
    "multiple_of": "multipleOf",
}
"""Limits of a shape by their names in JSON schemas."""


@dataclass(frozen=True, kw_only=True)
class Declared(Traits):
    """Traits of a field: `Field(8, title="Bits", ge=2, le=8, json_schema_extra=Declared(unit="bit"))`.

    completed: gives the published spec what is only known later, e.g. names that plug-ins registered.
    """

    completed: Callable[[ParameterSpec], ParameterSpec] | None = None

    def __call__(self, _schema: dict[str, Any]) -> None:
        """Leave the JSON schema as it is: pydantic asks for a function here."""

    def traits(self) -> dict[str, Any]:
        """Return the traits by name."""
        return {one.name: getattr(self, one.name) for one in fields(Traits)}


class Parameters(BaseModel):
    """Base of parameter sets: frozen, no unknown fields, no NaN; forms are generated from its fields.

    Fields are scalars, `Literal` choices or lists of scalars, each with a title and a description.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def specs(cls) -> tuple[ParameterSpec, ...]:
        """Return what the catalogue publishes of each field, in their order."""
        schema = cls.model_json_schema()
        return tuple(_spec(cls, name, entry, schema) for name, entry in schema.get("properties", {}).items())


def _spec(
    kind: type[Parameters], name: str, entry: Mapping[str, Any], schema: Mapping[str, Any]
) -> ParameterSpec:
    declared = kind.model_fields[name].json_schema_extra
    traits = declared.traits() if isinstance(declared, Declared) else {}
    spec = ParameterSpec(
        name=name,
        label=str(entry.get("title") or sentence_case(from_name(name))),
        help=str(entry.get("description", "")),
        default=entry.get("default"),
        required="default" not in entry and name in schema.get("required", ()),
        **traits,
        **vars(_shape(entry, schema)),
    )
    completed = declared.completed if isinstance(declared, Declared) else None
    return completed(spec) if completed else spec


def _shape(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> Shape:
    """Return which values a JSON schema accepts; local references are followed."""
    entry = _resolved(entry, schema)
    if options := [_resolved(option, schema) for option in entry.get("anyOf", ())]:
        left = [option for option in options if option.get("type") != "null"]
        inner = _shape(left[0], schema) if len(left) == 1 else Shape()
        return Shape(**{**vars(inner), "nullable": len(left) < len(options)})
    what = _KINDS.get(str(entry.get("type")), Kind.ANY)
    length = {Kind.TEXT: "Length", Kind.LIST: "Items"}.get(what, "")
    return Shape(
        kind=what,
        choices=tuple(entry["enum"]) if "enum" in entry else (entry["const"],) if "const" in entry else (),
        shortest=entry.get(f"min{length}"),
        longest=entry.get(f"max{length}"),
        items=_shape(entry["items"], schema) if "items" in entry else None,
        **{limit: entry[key] for limit, key in _LIMITS.items() if key in entry},
    )


def _resolved(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    if not isinstance(reference, str):
        return entry
    target: Any = schema
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **entry}


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
