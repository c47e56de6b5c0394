"""Steps queued before their base was made are judged the moment that it is, ahead of all work on it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.services.application import Application
from core.services.experiments.experiments import Submitted, submit
from core.services.models.models import get_model
from core.services.queue import run_lifecycle
from core.services.queue.results import ModelMade
from core.services.queue.runs import get_run, list_runs, retry_runs
from core.testing.laboratory import Laboratory

TABLE = ModuleTable({"stem": "Conv2d", "head": "Linear"}, ("stem", "head"), (("stem",), ("head",)))
GOOD = SweepStep("prune", {"sparsity": (0.5,)})
DOOMED = SweepStep("quantize", {"bits": (4,)}, LayerRules(exclude=("fc",)))
AFTER = SweepStep("fine-tune", {"epochs": (2,)})


@pytest.fixture
def coming(laboratory: Laboratory, project: Project) -> Model:
    return laboratory.base(project)


@pytest.fixture
def submitted(app: Application, coming: Model) -> Submitted:
    recipes = ((GOOD, DOOMED, AFTER), (GOOD, AFTER))
    return submit(app, ExperimentRequest(coming.project_id, (coming.id,), recipes))


def make(
    app: Application,
    laboratory: Laboratory,
    table: ModuleTable | None,
    manifest: dict[str, int] | None = None,
) -> None:
    run = laboratory.claim()
    assert run is not None
    assert run.kind is RunKind.TRAIN
    made = laboratory.results(run)
    assert isinstance(made, ModelMade)
    run_lifecycle.succeed(app, run.id, run.attempt, replace(made, modules=table, manifest=manifest or {}))


def statuses(app: Application, submitted: Submitted) -> list[RunStatus]:
    return [get_model(app, model_id).model.status for model_id in submitted.model_ids]


def test_people_are_told_that_steps_are_judged_later(submitted: Submitted) -> None:
    said = submitted.in_words()
    assert said.endswith("Whether its layers suit the steps is checked once residual CNN is made.")


def test_nothing_is_said_of_later_where_no_step_asks_for_modules(app: Application, coming: Model) -> None:
    found = submit(app, ExperimentRequest(coming.project_id, (coming.id,), ((GOOD,),)))
    assert "checked once" not in found.in_words()


def test_a_step_that_does_not_suit_fails_before_the_steps_ahead_of_it_are_made(
    app: Application, laboratory: Laboratory, submitted: Submitted
) -> None:
    assert statuses(app, submitted)[1] is RunStatus.WAITING
    make(app, laboratory, TABLE)
    assert statuses(app, submitted) == [
        RunStatus.QUEUED,
        RunStatus.FAILED,
        RunStatus.SKIPPED,
        RunStatus.WAITING,
    ]
    run = get_run(app, get_model(app, submitted.model_ids[1]).model.making_run_id)
    assert run.error is not None
    assert run.error.message == "The layer pattern 'fc' matches no module of residual CNN."
    assert run.error.hint == "Modules are named stem, head ..."
    laboratory.play()
    assert statuses(app, submitted)[::3] == [RunStatus.SUCCEEDED, RunStatus.SUCCEEDED]
    measured = [found.run.status for found in list_runs(app) if found.run.model_id == submitted.model_ids[1]]
    assert sorted(measured) == [RunStatus.FAILED, RunStatus.SKIPPED, RunStatus.SKIPPED]


def test_steps_wait_as_before_where_the_modules_stay_unknown(
    app: Application, laboratory: Laboratory, submitted: Submitted
) -> None:
    make(app, laboratory, None)
    assert statuses(app, submitted)[1:] == [RunStatus.WAITING] * 3


def test_a_refused_step_can_be_tried_again(
    app: Application, laboratory: Laboratory, submitted: Submitted
) -> None:
    make(app, laboratory, TABLE)
    making = get_model(app, submitted.model_ids[1]).model.making_run_id
    retry_runs(app, [making])
    assert statuses(app, submitted)[1:3] == [RunStatus.WAITING, RunStatus.WAITING]


def test_nothing_is_tried_on_weights_that_are_no_numbers(
    app: Application, laboratory: Laboratory, submitted: Submitted
) -> None:
    make(app, laboratory, TABLE, {"nonfinite": 2})
    assert statuses(app, submitted) == [RunStatus.FAILED, *[RunStatus.SKIPPED] * 3]
