"""An application per test, once on SQLite and once on Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.services.application import Application
from core.testing.fakes import RecordingDispatcher, SettableClock, open_migrated


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    return RecordingDispatcher()


@pytest.fixture
def app(
    database_url: str, tmp_path: Path, clock: SettableClock, dispatcher: RecordingDispatcher
) -> Iterator[Application]:
    opened = open_migrated(database_url, tmp_path, clock=clock, dispatcher=dispatcher)
    yield opened
    opened.close()
