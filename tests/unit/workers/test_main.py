"""A worker does not start on a database that it does not understand."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from core.persistence.database import create_engine
from core.persistence.schema import upgrade
from workers.__main__ import main


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("core.logs.configure", lambda *_, **__: None)
    return create_engine(f"sqlite:///{tmp_path / 'compress-and-compare.db'}")


def test_a_database_from_a_newer_version_is_refused(
    engine: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert main([]) == 2
    assert "from a newer version: its schema is 9999" in capsys.readouterr().err
    engine.dispose()


def test_an_empty_database_is_refused(engine: sa.Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "compress-compare migrate" in capsys.readouterr().err
    engine.dispose()
