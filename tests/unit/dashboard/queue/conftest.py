"""A laboratory over a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    """A connected worker that plays runs when it is told to."""
    app = open_migrated(f"sqlite:///{tmp_path / 'product.db'}", tmp_path)
    connected = Laboratory(app)
    connected.open()
    yield connected
    app.close()
