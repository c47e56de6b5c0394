"""A project with 29 models, of which the base and the first generation are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.services.application import Application
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def laboratory(app: Application) -> Laboratory:
    laboratory = Laboratory(app)
    laboratory.open()
    laboratory.sweep(project := laboratory.project(), laboratory.base(project).id)
    laboratory.play(9)
    return laboratory
