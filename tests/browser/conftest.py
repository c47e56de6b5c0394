"""A dashboard in this process over a laboratory, whose worker plays runs when a test says so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

import dashboard
from core.testing.laboratory import Laboratory
from core.testing.running import Installation

expect.set_options(timeout=15_000)  # machines are shared and slow at times


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    """An empty installation with a worker that has announced itself."""
    installation = Installation(tmp_path)
    installation.prepare()
    product = installation.open()
    laboratory = Laboratory(product)
    laboratory.open()
    yield laboratory
    product.close()


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Where the dashboard over the laboratory is served, e.g. `http://127.0.0.1:40123`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, dashboard.create(laboratory.app).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
