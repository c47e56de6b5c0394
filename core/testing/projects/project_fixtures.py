"""Fixtures: an application over SQLite with a worker that plays, and a project with a base model.

A `conftest.py` imports those that its tests ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application, Limits
from core.services.models.models import get_model
from core.testing.fakes import SettableClock, open_migrated
from core.testing.laboratory import Laboratory


@pytest.fixture
def clock() -> SettableClock:
    """A clock that tests set."""
    return SettableClock()


@pytest.fixture
def app(tmp_path: Path, clock: SettableClock) -> Iterator[Application]:
    """An application over SQLite."""
    limits = Limits(confirm_above=10, most_models=1000)
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path, clock=clock, limits=limits)
    yield opened
    opened.close()


@pytest.fixture
def laboratory(app: Application) -> Laboratory:
    """A worker that plays runs when it is told to."""
    laboratory = Laboratory(app)
    laboratory.open()
    return laboratory


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    """An empty project."""
    return laboratory.project()


@pytest.fixture
def base(app: Application, laboratory: Laboratory, project: Project) -> Model:
    """A base model that is made."""
    queued = laboratory.base(project)
    laboratory.play()
    return get_model(app, queued.id).model
