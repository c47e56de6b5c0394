"""The example that a first start queues, also when that start is killed half-way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

import core.examples
from core.services.application import Application
from core.services.demos import example_projects
from core.services.experiments.experiments import plan
from core.services.files.project_files import add_from_file
from core.services.models.models import BaseModelRequest, Training, add_base_model, list_models
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project, get_project
from core.services.recipes.recipe_files import read_recipe_file
from core.testing.fakes import open_migrated


class Killed(Exception):
    """Stands for the end of the process."""


def test_an_empty_database_gets_the_example_once(app: Application) -> None:
    assert example_projects.digits_wanted(app)
    submitted = example_projects.queue_digits(app)
    assert submitted is not None
    assert not example_projects.digits_wanted(app)
    assert example_projects.queue_digits(app) is None


@pytest.mark.parametrize("step", ["add_base_model", "submit"])
def test_a_start_that_was_killed_is_completed_by_the_next(
    app: Application, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(example_projects, step, killed)
        with pytest.raises(Killed):
            example_projects.queue_digits(app)
    assert example_projects.digits_wanted(app)
    submitted = example_projects.queue_digits(app)
    assert submitted is not None
    models = list_models(app, get_project(app, "digits").id)
    assert len(models) == 1 + submitted.plan.new_models


def test_the_recipe_among_the_examples_can_be_submitted(app: Application) -> None:
    data = DatasetRequest("cifar10", "parquet-images", {"path": "/somewhere"})
    project = create_project(app, ProjectRequest("CIFAR-10", "image-classification", (data,), slug="cifar10"))
    network = {"channels": 3}
    add_base_model(
        app, BaseModelRequest(project.id, "residual CNN", "residual-cnn", network, training=Training())
    )
    text = (Path(core.examples.__file__).parent / "thirty_ways.yaml").read_text()
    assert len(text.splitlines()) < 40
    planned = plan(app, read_recipe_file(app, text))
    assert (planned.new_models, planned.runs) == (32, 96)


def test_what_was_queued_before_a_worker_came_is_what_a_worker_would_queue(
    app: Application, tmp_path: Path
) -> None:
    with closing(open_migrated(f"sqlite:///{tmp_path / 'without-a-worker.db'}", tmp_path)) as without:
        early, later = (example_projects.queue_digits(one) for one in (without, app))
    assert early is not None
    assert later is not None
    assert [model.identity for model in early.plan.models] == [model.identity for model in later.plan.models]


def test_projects_of_people_are_left_alone(app: Application) -> None:
    create_project(app, ProjectRequest("Mine", "image-classification"))
    assert not example_projects.digits_wanted(app)


def test_the_case_study_among_the_examples_can_be_submitted(app: Application) -> None:
    example = example_projects.EXAMPLES["trips"]
    project = create_project(app, example.project)
    network = dict(example.parameters)
    add_base_model(
        app, BaseModelRequest(project.id, example.base_name, example.source, network, training=Training())
    )
    add_from_file(app, (Path(core.examples.__file__).parent / "trips_t5.yaml").read_text())
    for name in ("pruned_norms.yaml", "pruned_norms_t5.yaml"):
        text = (Path(core.examples.__file__).parent / name).read_text()
        assert plan(app, read_recipe_file(app, text)).new_models == 3 + 3 * 4
