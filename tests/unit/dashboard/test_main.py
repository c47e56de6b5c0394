"""The dashboard does not serve a database that it does not understand."""

from pathlib import Path

import pytest
from flask import Flask

from core.errors import Misconfigured
from core.persistence.database import create_engine
from core.persistence.schema import upgrade
from core.settings import load
from dashboard.__main__ import Server, options, require_usable
from dashboard.address import LONGEST_REQUEST_LINE


def test_an_empty_database_is_refused_and_a_migrated_one_is_not(tmp_path: Path) -> None:
    chosen = load({"CNC_DATA_DIR": str(tmp_path)})
    with pytest.raises(Misconfigured, match="empty"):
        require_usable(chosen)
    engine = create_engine(chosen.database_url)
    upgrade(engine)
    engine.dispose()
    require_usable(chosen)


def test_a_database_that_is_away_may_come_back() -> None:
    require_usable(load({"CNC_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}))


def test_the_server_reads_as_long_addresses_as_gunicorn_can(tmp_path: Path) -> None:
    chosen = load({"CNC_DATA_DIR": str(tmp_path)})
    server = Server(lambda: Flask("none"), options(chosen))
    assert server.cfg.limit_request_line == LONGEST_REQUEST_LINE > 7_500 + len("GET  HTTP/1.1\r\n")
