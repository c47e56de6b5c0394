"""Commands that keep an installation running."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.persistence.tables.tables import ModelRow
from core.services.application import Application
from core.testing.laboratory import Laboratory

Command = Callable[..., Any]


def store(app: Application, laboratory: Laboratory, folder: Path) -> str:
    """Make a base model whose file exists; return its key."""
    base = laboratory.base(laboratory.project())
    laboratory.play()
    (folder / "source").write_text("weights")
    key = app.artifacts.put(folder / "source")
    with app.unit_of_work.engine.begin() as connection:
        connection.execute(sa.update(ModelRow).where(ModelRow.id == base.id).values(artifact=key))
    return key


def test_a_backup_is_restored_into_another_data_folder(
    command: Command,
    app: Application,
    laboratory: Laboratory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(app, laboratory, tmp_path)
    file = tmp_path / "cnc.zip"
    done = command("backup", str(file))
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1].endswith(f"rows and 1 artifact (7 bytes) to {file}.")
    assert "is there already" in command("backup", str(file)).err
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path / "new"))
    done = command("restore", str(file))
    assert done.code == 0, done.err
    assert [row["name"] for row in json.loads(command("models", "--json").out)] == ["residual CNN"]
    again = command("restore", str(file))
    assert again.code == 2
    assert again.err.endswith("Use an empty one, or --replace to lose all that it holds.\n")


def test_cleaning_says_what_would_go_before_it_goes(
    command: Command, app: Application, laboratory: Laboratory, tmp_path: Path
) -> None:
    key = store(app, laboratory, tmp_path)
    (tmp_path / "other").write_text("left over by a killed run")
    left = app.artifacts.put(tmp_path / "other")
    os.utime(app.artifacts.fetch(left), (1e9, 1e9))
    states = {row["key"]: row["state"] for row in json.loads(command("artifacts", "list", "--json").out)}
    assert states == {key: "used", left: "unused"}
    dry = command("artifacts", "clean").out
    assert dry == "1 artifact (25 bytes) would be removed; --yes removes what is listed.\n"
    assert app.artifacts.fetch(left).exists()
    assert command("artifacts", "clean", "--yes").out == "Removed 1 artifact (25 bytes).\n"
    assert [one.key for one in app.artifacts.list()] == [key]
