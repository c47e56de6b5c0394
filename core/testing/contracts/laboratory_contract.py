"""What contracts about projects start from: a laboratory whose worker is connected, and a project in it."""

from __future__ import annotations

import pytest

from core.domain.project import Project
from core.services.application import Application
from core.testing.laboratory import Laboratory


class LaboratoryContract:
    """Base of contract classes; test modules that subclass those have an `app` fixture."""

    @pytest.fixture
    def laboratory(self, app: Application) -> Laboratory:
        laboratory = Laboratory(app)
        laboratory.open()
        return laboratory

    @pytest.fixture
    def project(self, laboratory: Laboratory) -> Project:
        return laboratory.project()
