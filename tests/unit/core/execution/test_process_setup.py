"""Places survive the way to another process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.execution.process_setup import ProcessSetup
from core.services.application import Connection, Limits


@pytest.mark.parametrize("plugins", [None, Path("/plugins")], ids=["without plug-ins", "with plug-ins"])
def test_a_place_comes_back_from_json(plugins: Path | None) -> None:
    connection = Connection(
        database_url="sqlite:///x.db",
        artifacts_url="file:///artifacts",
        logs_dir=Path("/logs"),
        cache_dir=Path("/cache"),
        limits=Limits(lease_s=7),
    )
    place = ProcessSetup(connection, plugins)
    assert ProcessSetup.from_json(json.loads(json.dumps(place.to_json()))) == place
