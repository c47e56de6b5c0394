"""Catalogues as JSON, as workers publish them: without values that are defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import TypeAdapter

from core.domain.catalogue import FORMAT, Catalogue
from core.domain.parameter.spec import ParameterSpec

_ADAPTER = TypeAdapter(Catalogue)


def catalogue_to_json(catalogue: Catalogue) -> dict[str, Any]:
    """Return a catalogue as plain JSON values."""
    return {"format": catalogue.format, **_plain(catalogue)}


def catalogue_from_json(values: Mapping[str, Any]) -> Catalogue:
    """Return the inverse of `catalogue_to_json`; of a catalogue in another format nothing but that."""
    found = values.get("format", 1)
    return _ADAPTER.validate_python(values) if found == FORMAT else Catalogue(format=found)


def parameters_to_json(parameters: Iterable[ParameterSpec]) -> dict[str, Any]:
    """Return parameters by name, as catalogues publish them."""
    return {
        one.name: {key: value for key, value in _plain(one).items() if key != "name"} for one in parameters
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        held = {one.name: getattr(value, one.name) for one in fields(value)}
        return {one.name: _plain(held[one.name]) for one in fields(value) if held[one.name] != _default(one)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()
