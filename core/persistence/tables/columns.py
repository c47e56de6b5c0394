"""Column types: instants, enumerations, JSON that survives numbers which are not finite, frozen values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.domain.catalogue import Catalogue
from core.domain.catalogue_json import catalogue_from_json, catalogue_to_json

E = TypeVar("E", bound=StrEnum)


class Instant(TypeDecorator[datetime]):
    """An instant: TIMESTAMPTZ on Postgres, UTC without zone on SQLite; always aware in Python."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC; refuse instants without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without time zone cannot be stored: {value}")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Word(TypeDecorator[E]):
    """A member of an enumeration, stored as its word; new members need no migration."""

    impl = sa.String(32)
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | None, _dialect: Dialect) -> str | None:
        """Return the word."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> E | None:
        """Return the member."""
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """JSON in which NaN and infinities are written as the strings "NaN", "Infinity", "-Infinity"."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        """Return the value with every number that JSON lacks as a string."""
        return storable(value)


class Metrics(TypeDecorator[Mapping[str, float]]):
    """Metric name to value; NaN and infinities come back as they went in."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, float] | None, _dialect: Dialect) -> Any:
        """Return plain JSON."""
        return None if value is None else {name: storable(float(number)) for name, number in value.items()}

    def process_result_value(self, value: Any, _dialect: Dialect) -> Mapping[str, float] | None:
        """Return floats."""
        return None if value is None else {name: float(number) for name, number in value.items()}


class Frozen(TypeDecorator[Any]):
    """A frozen dataclass, or a tuple of them, as JSON."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        """Return plain JSON."""
        return None if value is None else storable(self._adapter.dump_python(value, mode="json"))

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        """Return the value as it was."""
        return None if value is None else self._adapter.validate_python(value)

    def coerce_compared_value(self, _op: Any, _value: Any) -> TypeEngine[Any]:
        """Compare as JSON."""
        return self.impl_instance


class PublishedCatalogue(TypeDecorator[Catalogue]):
    """A worker's catalogue; of one in another format only its format is read."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Catalogue | None, _dialect: Dialect) -> Any:
        """Return plain JSON."""
        return None if value is None else storable(catalogue_to_json(value))

    def process_result_value(self, value: Any, _dialect: Dialect) -> Catalogue | None:
        """Return the catalogue as it was, or an empty one in another format."""
        return None if value is None else catalogue_from_json(value)


def storable(value: Any) -> Any:
    """Return the value with numbers that are not finite as strings, containers as dicts and lists."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, Mapping):
        return {str(name): storable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    return value
