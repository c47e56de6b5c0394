"""A commit of anybody shows; reading does not; a database elsewhere has to be asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from workers.idle.database_watch import DatabaseWatch


def test_commits_of_others_show_and_reading_does_not(tmp_path: Path) -> None:
    file = tmp_path / "product.db"
    watch = DatabaseWatch(make_url(f"sqlite:///{file}"))
    empty = watch.mark()
    other = sqlite3.connect(file)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE runs (id)")
    other.commit()
    made = watch.mark()
    assert made != empty
    other.execute("SELECT * FROM runs").fetchall()
    assert watch.mark() == made
    other.execute("INSERT INTO runs VALUES (1)")
    other.commit()
    assert watch.mark() != made
    other.close()


def test_a_database_server_has_to_be_asked() -> None:
    assert DatabaseWatch(make_url("postgresql+psycopg://cnc@127.0.0.1/cnc")).mark() is None
