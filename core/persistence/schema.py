"""The version of a database: bring it up to date, or say why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from core.errors import Misconfigured
from core.persistence.database import SQLITE_BEGIN, sqlite_file
from core.persistence.figures import refresh_all
from core.persistence.unit_of_work import UnitOfWork, explanation
from core.presentation.lists import listed

_LOCK = 0x636E635F6D6967  # any number that nothing else on the server uses
_FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> bool:
    """Create or migrate the database, in one transaction under a lock; return whether anything changed.

    Raises:
        Misconfigured: it is from a newer version, or its file or folder cannot be written.
        Unavailable: it does not answer.
    """
    _prepare_folder(engine)
    try:
        with engine.connect() as connection:
            _foreign_keys(connection, "OFF")
            try:
                return _upgrade(connection)
            finally:
                _foreign_keys(connection, "ON")
    except sa.exc.DBAPIError as error:
        raise explanation(error) or error from error


def require_current(engine: Engine) -> None:
    """Return if the database has this version's schema.

    Raises:
        Misconfigured: it is empty, from an older or from a newer version.
        Unavailable: it does not answer.
    """
    present, head = present_version(engine), latest_version()
    if present is None:
        raise Misconfigured("The database is empty.", "Run: compress-compare migrate")
    if present != head:
        message = f"The database has schema {present}, but this version needs {head}."
        raise Misconfigured(message, "Run: compress-compare migrate")


def present_version(engine: Engine) -> str | None:
    """Return the version of the database's schema, None if it is empty; `Misconfigured` if it is newer."""
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        return None
    try:
        with engine.connect() as connection:
            version = MigrationContext.configure(connection).get_current_revision()
    except sa.exc.DBAPIError as error:
        raise explanation(error) or error from error
    _require_known(version)
    return version


def latest_version() -> str:
    """Return the version of the schema that this program uses."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise Misconfigured(f"The migrations in {_FOLDER} are missing.", "Install the package again.")
    return head


@contextmanager
def replacing(engine: Engine, version: str) -> Iterator[Connection]:
    """Give a transaction in which the database is new and of that version, and migrate it afterwards.

    What was there comes back if anything fails.

    Raises:
        Misconfigured: the wanted or the present version is newer than this program.
    """
    _require_known(version)
    _prepare_folder(engine)
    with engine.connect() as opened:
        _foreign_keys(opened, "OFF")
        connection = opened.execution_options(**{SQLITE_BEGIN: "IMMEDIATE"})
        try:
            with connection.begin():
                _lock(connection)
                _drop_all(connection)
                command.upgrade(_config(connection), version)
                yield connection
                if version != latest_version():
                    command.upgrade(_config(connection), "head")
                    _derive_figures(connection)
        finally:
            _foreign_keys(opened, "ON")


def _drop_all(connection: Connection) -> None:
    present = MigrationContext.configure(connection).get_current_revision()
    _require_known(present)
    if present is None:
        _require_no_tables(connection)
        return
    command.upgrade(_config(connection), "head")
    metadata = sa.MetaData()
    metadata.reflect(connection, only=[*_table_names(), "alembic_version"])
    metadata.drop_all(connection)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _upgrade(connection: Connection) -> bool:
    connection = connection.execution_options(**{SQLITE_BEGIN: "IMMEDIATE"})
    with connection.begin():
        _lock(connection)
        version = MigrationContext.configure(connection).get_current_revision()
        _require_known(version)
        if version is None:
            _require_no_tables(connection)
        if version == latest_version():
            return False
        command.upgrade(_config(connection), "head")
        _derive_figures(connection)
    return True


def _derive_figures(connection: Connection) -> None:
    """Derive what models show, as this version does it; earlier ones may have done it otherwise."""
    with UnitOfWork(Session(connection, expire_on_commit=False, autoflush=False), writing=True) as uow:
        for project in uow.projects.list():
            uow.projects.touch(project.id)
            refresh_all(uow, project.id)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _require_known(version: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version is not None and version not in known:
        known_up_to = f"its schema is {version}, this version knows {latest_version()}"
        message = f"The database is from a newer version: {known_up_to}."
        raise Misconfigured(message, "Install that version, or set CNC_DATABASE_URL to another database.")


def _require_no_tables(connection: Connection) -> None:
    taken = sorted(set(sa.inspect(connection).get_table_names()) & set(_table_names()))
    if taken:
        message = f"The database has tables of other software: {listed(taken)}."
        raise Misconfigured(message, "Set CNC_DATABASE_URL to a database of its own.")


def _table_names() -> list[str]:
    from core.persistence.tables.tables import Base

    return list(Base.metadata.tables)


def _prepare_folder(engine: Engine) -> None:
    file = sqlite_file(engine)
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {file.parent} cannot be made: {error.strerror or error}."
        raise Misconfigured(message, "Set CNC_DATA_DIR or CNC_DATABASE_URL to another place.") from error


def _foreign_keys(connection: Connection, state: str) -> None:
    """Let SQLite rebuild tables without rows being deleted along; to be set between transactions."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        if raw is not None:
            raw.cursor().execute(f"PRAGMA foreign_keys = {state}")
