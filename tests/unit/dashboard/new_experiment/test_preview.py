"""What the drawer says about an experiment before it is queued."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.ids import ModelId, ProjectId
from core.domain.project import Project
from core.domain.queue.experiment import Plan
from core.testing.fakes import open_migrated
from core.testing.laboratory import CATALOGUE, Laboratory
from dashboard.views.new_experiment.entries.draft import Draft, RecipeDraft, StepDraft, fresh
from dashboard.views.new_experiment.entries.request import Entries
from dashboard.views.new_experiment.preview import action, planned, untouched, verdict


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    app = open_migrated(f"sqlite:///{tmp_path / 'product.db'}", tmp_path)
    connected = Laboratory(app)
    connected.open()
    yield connected
    app.close()


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    made = laboratory.project()
    laboratory.base(made)
    return made


def entries(project: Project, *bases: int) -> Entries:
    return Entries(
        ProjectId(project.id), tuple(ModelId(base) for base in bases), "", "", "0", "cpu", confirmed=False
    )


def drafted(sparsity: str) -> Draft:
    return Draft((RecipeDraft(1, (StepDraft(2, "prune", {"sparsity": sparsity}),)),), 2)


def test_a_plan_is_told_in_one_sentence(laboratory: Laboratory, project: Project) -> None:
    preview = planned(laboratory.app, entries(project, 1), drafted("0.3, 0.5"), CATALOGUE)
    assert preview.plan is not None
    assert verdict(preview.plan) == "Makes 2 new models in 6 runs."
    assert action(preview.plan) == "Queue 2 models"


def test_problems_of_entries_and_of_the_request_come_together(
    laboratory: Laboratory, project: Project
) -> None:
    preview = planned(laboratory.app, entries(project), drafted("half, 2"), CATALOGUE)
    assert preview.plan is None
    assert {problem.field for problem in preview.problems} == {
        "base_ids",
        "recipes.0.steps.0.parameters.sparsity",
    }


def test_bounds_are_checked_value_by_value(laboratory: Laboratory, project: Project) -> None:
    (problem,) = planned(laboratory.app, entries(project, 1), drafted("0.5, 2"), CATALOGUE).problems
    assert problem.field == "recipes.0.steps.0.parameters.sparsity.1"


def test_nothing_chosen_yet_is_no_mistake() -> None:
    assert untouched(fresh())
    assert not untouched(drafted("0.5"))


def test_an_experiment_without_models_says_so() -> None:
    assert verdict(Plan((), 0)) == "This experiment stands for no model. Add a step."
    assert action(None) == "Queue"
