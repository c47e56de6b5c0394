"""An application to which a worker has announced all that this installation can do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries
from core.services.application import Application
from core.services.workers import workers
from core.testing.fakes import open_migrated


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    load_registries()
    now = datetime.now(UTC)
    workers.announce(opened, Worker(WorkerId("here"), "here", 1, ("cpu",), 1, now, now), catalogue())
    yield opened
    opened.close()
