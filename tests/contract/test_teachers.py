"""A distilled model has a second parent, on both databases: recorded, part of its identity, waited for."""

from __future__ import annotations

import pytest

from core.domain.ids import ModelId, RunId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunError, RunStatus
from core.domain.recipe import SweepStep
from core.errors import CorruptArtifact, InvalidInput
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.models import models
from core.services.projects.projects import get_project
from core.services.queue import run_lifecycle
from core.services.queue.runs import list_runs, retry_runs
from core.services.rows.things import model_row
from core.testing.laboratory import WORKER, Laboratory

PRUNE, QUANTIZE = SweepStep("prune"), SweepStep("quantize")


@pytest.fixture
def base(laboratory: Laboratory) -> Model:
    return laboratory.base(laboratory.project())


@pytest.fixture
def big(laboratory: Laboratory, app: Application, base: Model) -> Model:
    return laboratory.base(get_project(app, base.project_id), "big network", seed=7)


def distilled(app: Application, start: Model, *teachers: str | int, steps: int = 1) -> list[Model]:
    """Return the students made from the last of `steps` - 1 steps on a model, one per teacher."""
    before = (PRUNE, QUANTIZE)[: steps - 1]
    recipe = (*before, SweepStep("distill", {"teacher": teachers} if teachers else {}))
    submitted = submit(app, ExperimentRequest(start.project_id, (start.id,), (recipe,)))
    made = [models.get_model(app, model_id).model for model_id in submitted.model_ids]
    return [model for model in made if model.step and model.step.technique == "distill"]


def test_another_model_is_the_second_parent(app: Application, base: Model, big: Model) -> None:
    (student,) = distilled(app, base, big.id)
    assert (student.parent_id, student.teacher_id) == (base.id, big.id)
    assert model_row(student, get_project(app, base.project_id))["parents"] == [base.id, big.id]
    assert [model.id for model in models.get_model(app, student.id).lineage] == [base.id, student.id]
    assert [model.id for model in models.dependants(app, [big.id]).models] == [student.id]
    assert models.get_model(app, student.id).teacher == models.get_model(app, big.id).model


def test_the_oldest_ancestor_is_the_second_parent(app: Application, base: Model) -> None:
    (student,) = distilled(app, base, "base", steps=3)
    assert student.teacher_id == base.id
    again = distilled(app, models.get_model(app, ModelId(student.parent_id or 0)).model, "base")
    assert [model.id for model in again] == [student.id]


@pytest.mark.parametrize("teacher", [(), ("parent",), ("base",), (1,)], ids=["none", "parent", "base", "id"])
def test_a_parent_that_teaches_is_no_second_one(
    app: Application, base: Model, teacher: tuple[str | int, ...]
) -> None:
    (student,) = distilled(app, base, *teacher)
    assert (student.parent_id, student.teacher_id) == (base.id, None)


def test_the_teacher_is_part_of_what_a_model_is(app: Application, base: Model, big: Model) -> None:
    students = distilled(app, base, "parent", big.id, str(big.id))
    assert [student.teacher_id for student in students] == [None, big.id]
    assert len({student.identity for student in students}) == 2
    assert distilled(app, base, big.id) == students[1:]


def test_a_student_waits_for_both_parents(
    app: Application, laboratory: Laboratory, base: Model, big: Model
) -> None:
    (student,) = distilled(app, base, big.id)
    assert len(_making(app, student).waits_for) == 2
    first = laboratory.claim()
    assert first is not None
    assert first.model_id == base.id
    run_lifecycle.succeed(app, first.id, first.attempt, laboratory.results(first))
    assert _making(app, student).status is RunStatus.WAITING
    run_id = models.get_model(app, big.id).model.making_run_id
    second = run_lifecycle.claim(app, RunId(run_id or 0), WORKER)
    assert second is not None
    run_lifecycle.fail(app, second.id, second.attempt, RunError("test", "No memory."))
    assert _making(app, student).status is RunStatus.SKIPPED
    retry_runs(app, [_making(app, student).id])
    laboratory.play()
    assert models.get_model(app, student.id).model.ready


def test_a_retry_makes_a_damaged_teacher_again(
    app: Application, laboratory: Laboratory, base: Model, big: Model
) -> None:
    """The played checkpoints are in no store, so that all of them count as missing."""
    laboratory.play()
    (student,) = distilled(app, base, big.id)
    run = laboratory.claim()
    assert run is not None
    run_lifecycle.fail(app, run.id, run.attempt, RunError(CorruptArtifact.code, "Cut."))
    back = retry_runs(app, [run.id])
    parents = {base.making_run_id, big.making_run_id}
    assert parents < set(back)
    assert set(_making(app, student).waits_for) == parents
    laboratory.play()
    assert models.get_model(app, student.id).model.ready


@pytest.mark.parametrize(
    ("teacher", "said"),
    [
        ("bse", "There is no teacher 'bse'."),
        (99, "This project has no model with id 99."),
        (0, "This project has no model with id 0."),
        (True, "Teacher is True; it must be text."),
    ],
    ids=["word", "unknown", "zero", "boolean"],
)
def test_teachers_that_are_not_there_are_refused(
    app: Application, base: Model, teacher: str | int, said: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        distilled(app, base, "parent", teacher, steps=2)
    (problem,) = caught.value.problems
    assert (problem.field, problem.message) == ("recipes.0.steps.1.parameters.teacher.1", said)


def test_teachers_of_other_projects_and_deleted_ones_are_refused(
    app: Application, laboratory: Laboratory, base: Model, big: Model
) -> None:
    elsewhere = laboratory.base(laboratory.project("Other", "other"))
    models.delete_models(app, [big.id])
    with pytest.raises(InvalidInput) as caught:
        distilled(app, base, elsewhere.id, big.id)
    assert [problem.message for problem in caught.value.problems] == [
        f"This project has no model with id {elsewhere.id}.",
        f"The model big network ({big.id}) was deleted at 2026-01-31 12:00 UTC.",
    ]


def _making(app: Application, model: Model) -> Run:
    return next(row.run for row in list_runs(app) if row.run.id == model.making_run_id)
