"""`measure` queues what was asked for, and `layers` shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.run import RunKind
from core.services.application import Application
from core.services.behaviour.instance_groups import save_group
from core.services.models.models import get_model
from core.services.projects.projects import get_project
from core.services.queue.runs import list_runs
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer

Command = Callable[..., Any]


@pytest.fixture
def base(laboratory: Laboratory) -> Model:
    made = laboratory.base(laboratory.project())
    laboratory.play()
    return made


def queued(app: Application) -> list[tuple[RunKind, str, dict[str, Any]]]:
    rows = [row.run for row in list_runs(app) if row.run.finished_at is None]
    return [(run.kind, run.queue, dict(run.payload)) for run in rows]


def test_evaluations_and_profiles(command: Command, app: Application, base: Model) -> None:
    said = command("measure", "evaluate", str(base.id), "--precision", "float16", "--queue", "gpu")
    assert (said.code, said.out) == (0, "Queued 1 run.\n")
    assert command("measure", "profile", str(base.id)).code == 0
    (evaluation, profile) = sorted(queued(app), key=lambda run: run[0])
    assert evaluation[:2] == (RunKind.EVALUATE, "gpu")
    assert evaluation[2]["precision"] == "float16"
    assert profile[:2] == (RunKind.PROFILE, "cpu")


def test_a_saved_group_is_evaluated_by_its_name(
    command: Command, app: Application, laboratory: Laboratory, base: Model
) -> None:
    answer(laboratory, base.id, [0, 1, 1], [0, 1, 0], class_names=("no", "yes"))
    group = save_group(app, get_model(app, base.id).evaluations[0], "wrong ones", [2])
    assert command("measure", "evaluate", str(base.id), "--group", "wrong ones").code == 0
    ((_, _, payload),) = queued(app)
    assert payload["group_id"] == group.id
    refused = command("measure", "evaluate", str(base.id), "--group", "wrong one")
    assert "Did you mean wrong ones?" in refused.err


def test_activations_are_queued_once_and_shown(command: Command, laboratory: Laboratory, base: Model) -> None:
    assert command("measure", "layers", str(base.id), "--instances", "8").out == "Queued 1 run.\n"
    assert "there already" in command("measure", "layers", str(base.id)).out
    laboratory.play()
    shown = command("layers", str(base.id), "--aspect", "activations", "--json")
    assert json.loads(shown.out) == [{"module": "stem", "sqnr_db": 30.0}]


def test_any_two_models_are_compared_once(
    command: Command, app: Application, laboratory: Laboratory, base: Model
) -> None:
    other = laboratory.base(get_project(app, base.project_id), "other", seed=1)
    laboratory.play()
    asked = ("measure", "pair", str(other.id), str(base.id))
    said = command(*asked, "--aspect", "activations").out
    assert said.startswith("Run ")
    assert command(*asked, "--aspect", "activations").out == said
    laboratory.play()
    shown = ("layers", str(other.id), "--aspect", "activations", "--baseline", str(base.id), "--json")
    assert json.loads(command(*shown).out) == [{"module": "stem", "sqnr_db": 20.0}]
    assert "there already" in command(*asked, "--aspect", "activations").out
    assert "cost compares no models" in command(*asked, "--aspect", "cost").err
    missing = command("layers", str(other.id), "--baseline", str(base.id))
    assert f"Nothing is known of the weights of model {other.id} beside model {base.id}" in missing.err


def test_figures_that_cannot_be_are_dashes(command: Command, app: Application, base: Model) -> None:
    arrays = {"parameter": np.array(["stem.weight", "head.weight"]), "cosine": np.array([0.5, np.nan])}
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(base.id, kind=LayerKind.COST, arrays=arrays)
        uow.commit()
    lines = command("layers", str(base.id), "--aspect", "cost").out.splitlines()
    assert [line.split()[1] for line in lines] == ["COSINE", "0.5", "-"]


def test_sensitivity_takes_a_step_and_is_shown(
    command: Command, app: Application, laboratory: Laboratory, base: Model
) -> None:
    arguments = ("--set", "sparsity=0.9", "--include", "stem", "--exclude", "head", "--instances", "50")
    assert command("measure", "sensitivity", str(base.id), "prune", *arguments).code == 0
    ((_, _, payload),) = queued(app)
    assert payload["step"]["parameters"] == {"sparsity": 0.9}
    assert payload["step"]["rules"]["include"] == ["stem"]
    assert payload["step"]["rules"]["exclude"] == ["head"]
    assert payload["instances"] == 50
    laboratory.play()
    shown = command("layers", str(base.id), "--aspect", "sensitivity")
    assert "stem" in shown.out
    assert "METRIC.TOP1" in shown.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("measure", "layers", "99"), "There is no model with id 99"),
        (("measure", "sensitivity", "1", "prune", "--set", "sparsity"), "'sparsity' is not a parameter"),
        (("measure", "sensitivity", "1", "prun"), "Did you mean prune"),
        (("measure", "evaluate", "1", "--precision", "int1"), "There is no precision 'int1'"),
        (("layers", "1", "--aspect", "cost"), "Nothing is known of the cost of model 1"),
        (("layers", "999"), "There is no model with id 999"),
    ],
    ids=["model", "parameter", "technique", "precision", "not measured", "no model"],
)
def test_mistakes_are_explained(command: Command, base: Model, arguments: tuple[str, ...], said: str) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert said in ended.err
