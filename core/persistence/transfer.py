"""All rows of a database, out of one and into another, whichever of SQLite and Postgres they are."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from core.errors import Conflict
from core.persistence.repositories.artifact_references import ArtifactReferences
from core.persistence.schema import latest_version, present_version, replacing
from core.persistence.tables.tables import Base
from core.persistence.unit_of_work import explanation
from core.presentation.lists import listed

Row = list[Any]
_VERSION = "alembic_version"
_AT_ONCE = 50
_NOT_COUNTED = frozenset({"workers", "audit_events", _VERSION})
"""Tables that hold rows also where nobody has made anything."""


@dataclass(frozen=True)
class Snapshot:
    """A database as it was at one instant. version: of its schema."""

    version: str
    columns: Mapping[str, tuple[str, ...]]
    rows: Callable[[str], Iterator[Row]]
    references: ArtifactReferences


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Give all tables, parents first, with values that JSON can hold; one transaction reads them all."""
    with engine.connect() as opened:
        level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        connection = opened.execution_options(**level)
        with connection.begin():
            tables = _tables(connection)

            def rows(name: str) -> Iterator[Row]:
                table = tables[name]
                written = [_writer(column) for column in table.columns]
                query = sa.select(table).order_by(*table.primary_key.columns)
                options = {"yield_per": _AT_ONCE, "stream_results": True}
                for row in connection.execute(query, execution_options=options):
                    yield [
                        None if value is None else write(value)
                        for write, value in zip(written, row, strict=True)
                    ]

            columns = {name: tuple(table.columns.keys()) for name, table in tables.items()}
            with Session(connection) as session:
                yield Snapshot(latest_version(), columns, rows, ArtifactReferences(session))


def load(
    engine: Engine,
    version: str,
    columns: Mapping[str, tuple[str, ...]],
    rows: Callable[[str], Iterable[Row]],
    *,
    replace: bool,
) -> None:
    """Fill a database with the tables of a snapshot, in one transaction, then migrate it.

    Raises:
        Conflict: it has contents, and they are not to be replaced.
        Misconfigured: the snapshot or the database is from a newer version.
    """
    if not replace:
        require_empty(engine)
    try:
        with replacing(engine, version) as connection:
            tables = _tables(connection)
            for name, table in tables.items():
                _insert(connection, table, columns.get(name, ()), rows(name) if name in columns else ())
    except sa.exc.DBAPIError as error:
        raise explanation(error) or error from error


def require_empty(engine: Engine) -> None:
    """Raise `Conflict` that names what a database holds; workers and the audit trail do not count."""
    if present_version(engine) is None:
        return
    held = []
    with engine.connect() as connection:
        for name, table in _tables(connection).items():
            number = (
                0
                if name in _NOT_COUNTED
                else connection.scalar(sa.select(sa.func.count()).select_from(table))
            )
            if number:
                held.append(f"{name} ({number:,})")
    if held:
        message = f"The database is not empty: it has rows in {listed(held)}."
        raise Conflict(message, "Use an empty one, or --replace to lose all that it holds.")


def _tables(connection: Connection) -> dict[str, sa.Table]:
    """Return the tables as they are in the database, which may be those of an older version."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    named = {name for name in metadata.tables if name in Base.metadata.tables}
    return {table.name: table for table in metadata.sorted_tables if table.name in named}


def _insert(connection: Connection, table: sa.Table, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    read = [_reader(table.columns[name], connection) for name in columns]
    batch: list[dict[str, Any]] = []
    for row in rows:
        values = (None if value is None else reads(value) for reads, value in zip(read, row, strict=True))
        batch.append(dict(zip(columns, values, strict=True)))
        if len(batch) == _AT_ONCE:
            connection.execute(table.insert(), batch)
            batch = []
    if batch:
        connection.execute(table.insert(), batch)
    if connection.dialect.name == "postgresql" and "id" in columns and _is_counted(table):
        highest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 1)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        some = sa.select(sa.func.count() > 0).select_from(table).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, highest, some)))


def _is_counted(table: sa.Table) -> bool:
    return isinstance(table.c.id.type, sa.Integer)


def _writer(column: sa.Column[Any]) -> Callable[[Any], Any]:
    """Return what turns a value of a column into one that JSON can hold."""
    if isinstance(column.type, sa.LargeBinary):
        return lambda value: base64.b64encode(bytes(value)).decode()
    if isinstance(column.type, sa.DateTime):
        return lambda value: _aware(value).isoformat()
    return lambda value: value


def _aware(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _reader(column: sa.Column[Any], connection: Connection) -> Callable[[Any], Any]:
    if isinstance(column.type, sa.JSON):
        column.type.none_as_null = True
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode
    if isinstance(column.type, sa.DateTime):
        if connection.dialect.name == "postgresql":
            return datetime.fromisoformat
        return lambda value: datetime.fromisoformat(value).replace(tzinfo=None)
    return lambda value: value
