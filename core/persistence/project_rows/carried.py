"""Which tables belong to a project, and their values as JSON and back, each checked as it comes in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.persistence.access.scope import is_owned
from core.persistence.tables.columns import Instant, Json
from core.persistence.tables.tables import Base

LEFT_OUT = frozenset({"api_tokens", "share_links", "channels", "deliveries", "request_keys"})
"""Tables of a project that stay where they are: they hold secrets, or addresses of people."""

_DIALECT: Dialect = sa.create_engine("sqlite://").dialect
_LARGEST = 2**63


@lru_cache(maxsize=1)
def carried() -> Mapping[str, sa.Table]:
    """Return the tables that belong to projects, parents first."""
    return {
        table.name: table
        for table in Base.metadata.sorted_tables
        if is_owned(table) and table.name not in LEFT_OUT
    }


def as_json(column: sa.Column[Any]) -> Callable[[Any], Any]:
    """Return what turns a value of a column into one that JSON can hold."""
    kind = column.type
    if isinstance(kind, sa.LargeBinary):
        return lambda value: base64.b64encode(bytes(value)).decode()
    if isinstance(kind, Instant):
        return lambda value: value.isoformat()
    if isinstance(kind, TypeDecorator):
        return lambda value: kind.process_bind_param(value, _DIALECT)
    return lambda value: value


def from_json(column: sa.Column[Any]) -> Callable[[Any], Any]:
    """Return what turns such a value back; it raises `ValueError` or `TypeError` for one that cannot be."""
    kind, container, length = column.type, _container(column), getattr(column.type, "length", None)
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, Json):
        return lambda value: _contained(value, container)
    if isinstance(kind, TypeDecorator):
        return lambda value: kind.process_result_value(_contained(value, container), _DIALECT)
    readers: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], Any]], ...] = (
        (sa.LargeBinary, lambda value: base64.b64decode(_text(value, None), validate=True)),
        (sa.Boolean, lambda value: _of(value, bool)),
        (sa.Integer, _integer),
        (sa.Float, lambda value: float(_of(value, (int, float)))),
        (sa.String, lambda value: _text(value, length)),
    )
    return next(reads for of, reads in readers if isinstance(kind, of))


def row_class(table: sa.Table) -> type[Base]:
    """Return the class of a table's rows."""
    return next(each.class_ for each in Base.registry.mappers if each.local_table is table)


def _container(column: sa.Column[Any]) -> type | None:
    """Return whether JSON of a column is an object or an array, as its row says; None for other values."""
    written = (vars(each).get("__annotations__", {}) for each in row_class(column.table).__mro__)
    told = next((str(names[column.key]) for names in written if column.key in names), "")
    return dict if "[dict[" in told else list if "[list[" in told else None


def _contained(value: Any, container: type | None) -> Any:
    return value if container is None else _of(value, container)


def _of(value: Any, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"a value of another kind: {type(value).__name__}")
    return value


def _instant(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value, None))
    if found.tzinfo is None:
        raise ValueError(f"an instant without time zone: {value}")
    return found


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        raise TypeError(f"not a whole number: {str(value)[:40]!r}")
    return value


def _text(value: Any, most: int | None) -> str:
    text: str = _of(value, str)
    text.encode()  # half of a surrogate pair cannot be stored
    if "\0" in text or (most is not None and len(text) > most):
        raise ValueError(f"a text that is too long or holds NUL: {text[:40]!r}")
    return text
