"""Plug-ins that change while a worker runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.idle.plugin_watch import PluginWatch


@pytest.fixture
def taken() -> list[str]:
    return []


def watch(folder: Path | None, taken: list[str]) -> PluginWatch:
    return PluginWatch(folder, lambda: taken.append("now"))


def test_a_change_is_taken_up_once_it_is_complete(tmp_path: Path, taken: list[str]) -> None:
    (tmp_path / "old.py").write_text("x = 1")
    watching = watch(tmp_path, taken)
    watching.look()
    assert taken == []
    (tmp_path / "new.py").write_text("x =")
    watching.look()
    (tmp_path / "new.py").write_text("x = 12345")
    watching.look()
    assert taken == []  # it was being written
    watching.look()
    watching.look()
    assert taken == ["now"]
    (tmp_path / "old.py").unlink()
    watching.look()
    watching.look()
    assert taken == ["now", "now"]


def test_what_could_not_be_loaded_is_tried_again(tmp_path: Path) -> None:
    tries: list[int] = []

    def fail_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("no memory")

    watching = PluginWatch(tmp_path, fail_once)
    (tmp_path / "new.py").write_text("x = 1")
    watching.look()
    with pytest.raises(RuntimeError, match="no memory"):
        watching.look()
    watching.look()
    watching.look()
    assert len(tries) == 2


def test_no_folder_is_no_change(tmp_path: Path, taken: list[str]) -> None:
    for folder in (None, tmp_path / "none"):
        watching = watch(folder, taken)
        watching.look()
        watching.look()
    assert taken == []
