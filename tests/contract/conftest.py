"""An application per test, once on SQLite and once on Postgres; and GPUs that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.services.application import Application
from core.testing.fakes import RecordingDispatcher, SettableClock, open_migrated
from core.testing.pretend_cuda import PretendDriver, pretend_cuda
from core.testing.projects.project_fixtures import clock, laboratory

__all__ = ["clock", "laboratory"]


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


@pytest.fixture(scope="session")
def no_real_gpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU, which tests/integration/test_gpu.py looks at")


@pytest.fixture
def gpus(no_real_gpu: None) -> Iterator[PretendDriver]:
    with pretend_cuda() as driver:
        yield driver
