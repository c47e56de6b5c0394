import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.errors import InvalidInput


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path / "data"))
    runner = CliRunner()
    assert runner.invoke(app, ["migrate"], catch_exceptions=False).exit_code == 0
    return runner


def listed(runner: CliRunner, *command: str) -> list[dict[str, object]]:
    result = runner.invoke(app, [*command, "--json"], catch_exceptions=False)
    rows: list[dict[str, object]] = json.loads(result.stdout)
    return rows


def test_an_imported_study_is_listed_as_it_was_written(runner: CliRunner, tmp_path: Path) -> None:
    step = {"name": "prune", "parameters": {"sparsity": 0.5}}
    models = [
        {"id": "small", "base": "base", "operation": step, "metrics": {"Accuracy": 0.5, "Loss": None}},
        {"id": "base", "base": None, "operation": None, "metrics": {"Accuracy": 0.9}},
    ]
    path = tmp_path / "tiny_models.json"
    path.write_text(json.dumps({"models": models}), encoding="utf-8")

    result = runner.invoke(app, ["import", str(path), "--name", "Tiny study"], catch_exceptions=False)

    assert "Imported 2 models into the project Tiny study (tiny-study)." in result.stdout
    assert "- Null values of 'Loss' count as not measured: 'small'." in result.stdout
    base, small = listed(runner, "models", "--project", "tiny-study")
    assert (base["name"], base["parents"], base["step"]) == ("base", [], None)
    assert (small["name"], small["parents"]) == ("small", [base["id"]])
    assert small["step"] == {"technique": "prune", "parameters": {"sparsity": 0.5}}
    assert (small["status"], small["metrics"]) == ("succeeded", {"Accuracy": 0.5})


def test_a_refused_file_makes_no_project(runner: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text('{"models": [{"id": "a", "base": "gone"}]}', encoding="utf-8")
    with pytest.raises(InvalidInput, match="'gone'"):
        runner.invoke(app, ["import", str(path)], catch_exceptions=False)
    assert listed(runner, "projects") == []
