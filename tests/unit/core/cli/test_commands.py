"""The console command: what it lists, what it queues, and how it says that something is wrong."""

import json
import math
import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.cli.wording import as_json, as_table
from core.domain.catalogue import PluginProblem
from core.domain.queue.run import RunError
from core.persistence.database import create_engine
from core.persistence.schema import latest_version
from core.services.application import Application
from core.services.queue import run_lifecycle
from core.services.workers.workers import announce, list_workers
from core.testing.laboratory import CATALOGUE, Laboratory

Command = Callable[..., Any]


def test_migrate_says_what_it_did(command: Command, data_dir: Path) -> None:
    assert command("migrate").out == f"The database is now at schema {latest_version()}.\n"
    assert "already" in command("migrate").out


@pytest.mark.parametrize("listing", ["projects", "models", "runs", "experiments"])
def test_a_database_that_is_not_set_up_is_named(command: Command, listing: str) -> None:
    ended = command(listing)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "The database is empty.\nRun: compress-compare migrate\n"


@pytest.mark.parametrize("listing", ["projects", "models", "runs", "experiments"])
def test_an_empty_list_is_an_empty_array(command: Command, app: Application, listing: str) -> None:
    assert json.loads(command(listing, "--json").out) == []
    assert command(listing).out.startswith("ID")


def test_models_are_listed_for_programs(command: Command, laboratory: Laboratory) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    laboratory.play()
    rows = json.loads(command("models", "--project", "digits", "--json").out)
    assert len(rows) == 29
    assert rows[0]["parents"] == []
    assert rows[0]["step"] is None
    child = rows[1]
    assert child["parents"] == [base.id]
    assert child["step"] == {"technique": "prune", "parameters": {"sparsity": 0.3}}
    assert child["status"] == "succeeded"
    assert set(child["metrics"]) == {"top1", "loss", "file_bytes", "latency_ms"}
    assert "magnitude pruning 0.3" in command("models").out
    (experiment,) = json.loads(command("experiments", "--json").out)
    assert (experiment["models"], experiment["project"]) == (28, "digits")
    assert json.loads(command("projects", "--json").out)[0]["slug"] == "digits"


def test_runs_say_which_model_they_are_about(command: Command, laboratory: Laboratory) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    rows = json.loads(command("runs", "--json").out)
    children = [row for row in rows if row["model_id"] != base.id]
    assert {tuple(row["parents"]) for row in rows if row["model_id"] == base.id} == {()}
    assert (base.id,) in {tuple(row["parents"]) for row in children}
    heading, *lines = command("runs").out.splitlines()
    assert heading.split()[:5] == ["ID", "PROJECT", "MODEL", "ID", "MODEL"]
    assert "PARENTS" in heading
    assert len(lines) == len(rows)


def test_runs_are_listed_cancelled_and_tried_again(command: Command, laboratory: Laboratory) -> None:
    laboratory.base(laboratory.project())
    first = json.loads(command("runs", "--project", "digits", "--json").out)[0]
    assert (first["kind"], first["status"], first["reason"]) == ("train", "queued", "waits for a free worker")
    assert command("runs", "cancel", str(first["id"])).out == "Cancelled 1 runs.\n"
    assert command("runs", "retry", str(first["id"])).out == "3 runs are back in the queue.\n"
    assert command("runs", "cancel", "99").err.startswith("There are no runs with ids 99.")
    laboratory.play()
    assert command("runs", "watch").out == "3 succeeded\n"


def test_the_list_says_why_runs_failed(command: Command, laboratory: Laboratory, app: Application) -> None:
    laboratory.base(laboratory.project())
    run = laboratory.claim()
    assert run is not None
    error = RunError("unusable-input", "The weights are NaN.\nThe second line.", "Train it again.")
    run_lifecycle.fail(app, run.id, run.attempt, error)
    table = command("runs").out
    assert "The weights are NaN." in table
    assert "second line" not in table
    rows = {row["id"]: row for row in json.loads(command("runs", "--json").out)}
    assert rows[run.id]["reason"] == error.message


def test_techniques_are_listed_by_the_names_to_type(command: Command, laboratory: Laboratory) -> None:
    lines = command("techniques").out.splitlines()
    assert lines[0].split() == ["NAME", "LABEL", "SUMMARY"]
    assert lines[2].split("  ")[0] == "fine-tune"
    assert "Magnitude pruning" in lines[3]
    (spec,) = (row for row in json.loads(command("techniques", "--json").out) if row["name"] == "quantize")
    assert spec["parameters"]["bits"]["maximum"] == 8


def test_before_a_worker_came_the_built_in_techniques_are_listed(command: Command, app: Application) -> None:
    assert "magnitude-pruning" in command("techniques").out


def test_an_unknown_project_has_near_matches(command: Command, laboratory: Laboratory) -> None:
    laboratory.project()
    ended = command("models", "--project", "digts", "--json")
    assert (ended.code, ended.err) == (2, "There is no project named 'digts'.\nDid you mean digits?\n")


def test_a_recipe_file_is_submitted(command: Command, laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.base(laboratory.project())
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "{project: digits, base: 1, recipes: [[{technique: prune, parameters: {sparsity: [0.1, 0.2]}}]]}"
    )
    assert command("submit", str(recipe)).out == "Experiment 1: 2 models queued in 6 runs.\n"
    assert command("submit", str(recipe)).out == "Experiment 2: Nothing new: both models exist already.\n"
    recipe.write_text(
        "{project: digits, base: 7,"
        " recipes: [[{technique: prun}, {technique: quantize, parameters: {bits: 99}}]]}"
    )
    ended = command("submit", str(recipe))
    assert ended.code == 2
    assert ended.err.splitlines() == [
        "base_ids: This project has no model with id 7. Choose models from the list of this project.",
        "recipes.0.steps.0.technique: There is no technique named 'prun'. Did you mean prune?",
        "recipes.0.steps.1.parameters.bits.0: Bits is 99; it must be a whole number from 2 to 8.",
    ]  # fmt: skip
    assert "cannot be read" in command("submit", str(tmp_path / "none.yaml")).err


def test_the_example_is_queued_before_a_worker_came(command: Command, app: Application) -> None:
    assert command("example", "digits").out == "Queued 51 models of the example digits.\n"
    assert len(json.loads(command("models", "--json").out)) == 52
    assert "Did you mean digits?" in command("example", "digit").err


def test_a_taken_port_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CNC_PORT", str(port))
        ended = command("serve")
    assert ended.code == 2
    assert ended.err.startswith(f"Port {port} of 127.0.0.1 cannot be used: Address already in use.")
    assert f"CNC_PORT={port + 1}" in ended.err


def test_a_data_folder_that_cannot_be_written_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNC_DATA_DIR", "/proc/nowhere")
    for name in ("serve", "migrate"):
        ended = command(name)
        assert ended.code == 2
        assert ended.err.startswith("The data folder /proc/nowhere cannot be written")


def test_a_database_from_a_newer_version_is_named(
    command: Command, app: Application, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.unit_of_work.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("CNC_PORT", str(listener.getsockname()[1]))
    for name in ("serve", "migrate", "models"):
        ended = command(name)
        assert ended.code == 2
        assert ended.err.startswith("The database is from a newer version: its schema is 9999")


def test_a_file_that_is_no_database_is_named(command: Command, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "compress-and-compare.db").write_text("not a database " * 100)
    ended = command("models")
    assert ended.code == 2
    assert ended.err.startswith("The database file cannot be used: file is not a database.")


def test_an_unknown_database_is_refused(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNC_DATABASE_URL", "postgresql://cnc:secret@127.0.0.1:1/nothing")
    ended = command("models")
    assert ended.code == 2
    assert ended.err.startswith("The database does not answer")
    assert "secret" not in ended.err


def test_the_doctor_says_what_to_do(
    command: Command, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = command("doctor")
    assert ended.code == 0
    assert "BAD" not in ended.out
    broken = replace(CATALOGUE, plugin_problems=(PluginProblem("mine.py", "ImportError: no module nowhere"),))
    (worker,) = list_workers(laboratory.app)
    announce(laboratory.app, worker, broken)
    assert "BAD  plug-ins: mine.py cannot be loaded: ImportError: no module nowhere." in command("doctor").out
    monkeypatch.setenv("CNC_BROKER_URL", "redis://127.0.0.1:1/0")
    ended = command("doctor")
    assert ended.code == 1
    assert "BAD  broker: 127.0.0.1:1 does not answer" in ended.out
    assert "-> Start Redis, or check CNC_BROKER_URL" in ended.out


def test_the_doctor_names_plugins_that_are_being_taken_up(
    command: Command, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "new.py").write_text("")
    monkeypatch.setenv("CNC_PLUGINS_DIR", str(folder))
    assert (
        "ok   plug-ins: new.py changed just now; workers on this machine take that up"
        in command("doctor").out
    )
    before = time.time() - 60
    os.utime(folder / "new.py", (before, before))
    assert "ok   plug-ins: all that workers found were loaded" in command("doctor").out


def test_runs_stay_unannounced_if_the_workers_listen_to_a_broker(
    command: Command, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("CNC_BROKER_URL", "redis://127.0.0.1:1/0")
    laboratory.base(laboratory.project())
    command("runs", "cancel", "1")
    command("runs", "retry", "1")
    engine = create_engine(f"sqlite:///{data_dir / 'compress-and-compare.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT dispatched_at FROM runs WHERE id = 1").scalar() is None
    engine.dispose()


def test_numbers_that_json_lacks_are_strings() -> None:
    assert json.loads(as_json([{"loss": math.nan, "up": -math.inf}])) == [{"loss": "NaN", "up": "-Infinity"}]


def test_tables_are_aligned() -> None:
    rows = [{"id": 1, "a_b": [1, 2]}, {"id": 20, "a_b": None, "c": 1}]
    assert as_table(rows, ("id", "a_b")) == "ID  A B\n1   1, 2\n20  -"
