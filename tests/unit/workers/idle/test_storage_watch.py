"""A worker that does not reach the artifact store knows why, and notices when it is back."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from core.artifacts.folder import FolderArtifacts
from workers.idle.storage_watch import AGAIN_S, EVERY_S, StorageWatch


def test_a_store_that_goes_and_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now, root = [0.0], tmp_path / "share" / "artifacts"
    watch = StorageWatch(FolderArtifacts(root), "node3", lambda: now[0])
    watch.look()
    assert watch.problem == ""
    assert list(FolderArtifacts(root).list()) == []
    (tmp_path / "share").rename(tmp_path / "gone")
    (tmp_path / "share").touch()  # what was mounted is away
    watch.look()
    assert watch.problem == ""  # not looked at again yet
    now[0] += EVERY_S
    watch.look()
    assert f"The artifact folder {root} cannot be written: Not a directory." in watch.problem
    assert "CNC_ARTIFACTS_URL" in watch.problem
    (tmp_path / "share").unlink()
    (tmp_path / "gone").rename(tmp_path / "share")
    now[0] += AGAIN_S
    watch.look()
    assert watch.problem == ""
    assert [record.getMessage()[:15] for record in caplog.records] == ["Takes no runs: ", "Takes runs agai"]
