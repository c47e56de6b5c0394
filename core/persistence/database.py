"""Open a database: SQLite in a file or Postgres, with the settings that make both safe under many writers."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json
from sqlalchemy.engine import URL, Connection, Engine, make_url

from core.errors import Misconfigured
from core.persistence.unit_of_work import UnitOfWorkFactory

BUSY_TIMEOUT_S = 30
SILENCE_S = 60.0
SQLITE_BEGIN = "sqlite_begin"
"""Execution option with how transactions begin: DEFERRED to read, IMMEDIATE to write."""


def open_database(url: str, *, silence_s: float = SILENCE_S) -> UnitOfWorkFactory:
    """Return what opens units of work; nothing is connected or created yet.

    silence_s: see `create_engine`.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    return UnitOfWorkFactory(create_engine(url, silence_s=silence_s))


def create_engine(url: str, *, silence_s: float = SILENCE_S) -> Engine:
    """Return an engine for `sqlite:///path` or `postgresql+psycopg://...`.

    silence_s: for how long a process may be silent within a transaction before Postgres ends it. A machine
        that was suspended there would hold its locks, and with them the queue, until it wakes up.
    """
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise Misconfigured("The database URL cannot be read.", _URL_HINT) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.drivername == "postgresql+psycopg":
        return _postgres_engine(parsed, silence_s)
    raise Misconfigured(f"Databases of the kind {parsed.drivername} cannot be used.", _URL_HINT)


_URL_HINT = "Set CNC_DATABASE_URL to postgresql://user:password@host/name or sqlite:///path/to/file.db."


def _postgres_engine(url: URL, silence_s: float) -> Engine:
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=16,
        connect_args={"connect_timeout": 10},
        json_deserializer=from_json,
    )

    def prepare(connection: Any, _record: object) -> None:
        connection.execute(f"SET idle_in_transaction_session_timeout = {round(silence_s * 1000)}")
        connection.commit()

    sa.event.listen(engine, "connect", prepare)
    return engine


def _sqlite_engine(url: URL) -> Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        json_deserializer=from_json,  # several times faster than the standard library's
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Switch to WAL. SQLite does not wait for others who switch a new file at the same moment, so we do."""
    give_up = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    how = connection.get_execution_options().get(SQLITE_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {how}")


def sqlite_file(engine: Engine) -> Path | None:
    """Return the file of an SQLite database, None for others."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database)
