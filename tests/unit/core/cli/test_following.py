"""An experiment is followed until it ends; whoever stops following leaves its runs going."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from core.cli import experiments
from core.domain.ids import ExperimentId
from core.services.experiments.lifecycle import get_progress
from core.testing.laboratory import Laboratory
from tests.unit.core.cli.conftest import Command

RECIPE = """
project: digits
base: [1]
recipes:
- - {technique: prune, parameters: {sparsity: [0.5, 0.9]}}
"""


def test_an_experiment_is_followed_to_its_end(
    command: Command, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    laboratory.base(laboratory.project())
    laboratory.play()
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.setattr(time, "sleep", lambda _seconds: laboratory.play_one())  # a worker meanwhile
    ended = command("submit", str(tmp_path / "recipe.yaml"), "--follow")
    assert ended.code == 0
    first, *_, last = ended.out.splitlines()[1:]
    assert first.startswith("Experiment 1: queued, 0 of 6 runs ended")
    assert last == "Experiment 1: done, 6 of 6 runs ended"


def test_who_stops_following_leaves_the_runs_going(
    command: Command, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    ended = command("experiments", "follow", "1")
    assert ended.code == 0
    assert "The runs go on. Follow them again with: compress-compare experiments follow 1." in ended.out
    written = io.StringIO()
    found = get_progress(laboratory.app, ExperimentId(1))
    table = experiments.runs_table(laboratory.app, found, experiments.summary_line(laboratory.app, found))
    Console(file=written, width=160).print(table)
    assert "magnitude pruning 0.3" in written.getvalue()
    assert "more" in written.getvalue()
    assert command("experiments", "cancel", "1").out.startswith("Cancelled ")
    assert command("experiments", "follow", "1").code == 1
