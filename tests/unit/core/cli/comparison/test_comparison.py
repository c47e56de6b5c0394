"""`compare` prints the sentence, the statement behind it and the figures that both rest on."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.errors import InvalidInput, NotFound

METRICS = [
    {"name": "Accuracy", "primary": True, "format": ".1%"},
    {"name": "Size", "primary": True, "format": ".2~s"},
]
MODELS = [
    {"id": "base", "base": None, "operation": None, "metrics": {"Accuracy": 0.9, "Size": 1000}},
    {
        "id": "codes",
        "base": "base",
        "operation": {"name": "quantize", "parameters": {"bits": 8}},
        "metrics": {"Accuracy": 0.88, "Size": 250},
    },
    {
        "id": "palette",
        "base": "base",
        "operation": {"name": "palettize", "parameters": {"bits": 4}},
        "metrics": {"Accuracy": 0.895, "Size": 300},
    },
]


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "study_models.json"
    path.write_text(json.dumps({"metrics": METRICS, "models": MODELS}), encoding="utf-8")
    runner = CliRunner()
    for command in (["migrate"], *(["import", str(path), "--name", name] for name in ("One", "Two"))):
        assert runner.invoke(app, command, catch_exceptions=False).exit_code == 0
    return runner


def test_siblings_are_compared_with_each_other(runner: CliRunner) -> None:
    found = json.loads(runner.invoke(app, ["compare", "2", "3", "--json"], catch_exceptions=False).stdout)
    assert found["sentence"] == (
        "Palettize (4 bits) instead of quantize (8 bits) gains 1.5 points of accuracy and adds 20 % to size."
    )
    statement = found["statement"]
    assert (statement["kind"], statement["relation"]) == ("contrast", "replaced")
    assert (statement["before"], statement["after"]) == ([2], [3])
    gained, added = statement["differences"]
    assert (gained["metric"], gained["verdict"], gained["lost"]) == ("Accuracy", "higher", None)
    assert gained["amount"] == pytest.approx(0.015)
    assert (added["before"]["value"], added["after"]["value"]) == (250, 300)
    assert [(row["id"], row["metrics"]) for row in found["figures"]] == [
        (2, {"Accuracy": 0.88, "Size": 250, "Accuracy@recovery": pytest.approx(0.88 / 0.9)}),
        (3, {"Accuracy": 0.895, "Size": 300, "Accuracy@recovery": pytest.approx(0.895 / 0.9)}),
    ]


def test_people_read_the_sentence_and_the_leading_figures(runner: CliRunner) -> None:
    said = runner.invoke(app, ["compare", "1", "2"], catch_exceptions=False).stdout
    assert said.startswith("Quantize (8 bits) costs 2 points of accuracy and saves 75 % of size.\n")
    assert "codes" in said


def test_names_that_repeat_are_told_apart_by_lineage(runner: CliRunner) -> None:
    said = runner.invoke(app, ["compare", "1", "2", "3"], catch_exceptions=False).stdout
    named = [line.split()[1] for line in said.splitlines()[-3:]]
    assert len(set(named)) == 3


def test_models_that_cannot_be_compared_are_named(runner: CliRunner) -> None:
    with pytest.raises(NotFound, match="no model with id 99"):
        runner.invoke(app, ["compare", "1", "99"], catch_exceptions=False)
    with pytest.raises(InvalidInput, match="of 2 projects"):
        runner.invoke(app, ["compare", "1", "4"], catch_exceptions=False)
