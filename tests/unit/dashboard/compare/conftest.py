"""A project with a base model over SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.model import Model
from core.domain.project import Project
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
    return laboratory


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    return laboratory.project()


@pytest.fixture
def base(laboratory: Laboratory, project: Project) -> Model:
    found = laboratory.base(project)
    laboratory.play()
    return found
