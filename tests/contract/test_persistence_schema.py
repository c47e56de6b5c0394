"""Migrations lead from nothing to the present tables, and refuse what they do not know, on both databases."""

import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from core.errors import Misconfigured
from core.persistence.database import create_engine
from core.persistence.schema import latest_version, present_version, require_current, upgrade
from core.persistence.tables.tables import Base


@pytest.fixture
def engine(database_url: str):
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def test_an_empty_database_is_brought_up_to_date_once(engine: Engine) -> None:
    with pytest.raises(Misconfigured, match=r"is empty.*compress-compare migrate"):
        require_current(engine)
    assert upgrade(engine) is True
    assert upgrade(engine) is False
    assert present_version(engine) == latest_version()
    require_current(engine)


def test_migrations_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (upgrade, require_current):
        with pytest.raises(Misconfigured, match=r"newer version: its schema is 9999.*Install that version"):
            refuse(engine)


def test_tables_of_other_software_are_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE projects (x INTEGER)"))
    with pytest.raises(Misconfigured, match="tables of other software: projects"):
        upgrade(engine)


def test_processes_that_migrate_at_once_wait_for_each_other(database_url: str) -> None:
    changed: list[bool | Exception] = []
    gate = threading.Barrier(4)

    def migrate() -> None:
        engine = create_engine(database_url)
        gate.wait(10)
        try:
            changed.append(upgrade(engine))
        except Exception as error:  # noqa: BLE001
            changed.append(error)
        engine.dispose()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(changed, key=str) == [False, False, False, True]
