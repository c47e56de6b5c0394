"""How run processes are started does not depend on how many of them there are at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers import composition


@pytest.mark.parametrize("slots", ["1", "2", "16"])
def test_runs_have_the_same_threads_whatever_the_slots(
    slots: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CNC_SLOTS", slots)
    monkeypatch.setattr(
        composition, "ForkServer", lambda _preload, environment, log: seen.append(environment)
    )
    composition.build()
    assert [environment["OMP_NUM_THREADS"] for environment in seen] == ["1"]


def test_another_number_of_threads_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CNC_THREADS", "4")
    monkeypatch.setattr(
        composition, "ForkServer", lambda _preload, environment, log: seen.append(environment)
    )
    composition.build()
    assert {seen[0][name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")} == {"4"}
