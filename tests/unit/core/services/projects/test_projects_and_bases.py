"""Projects and base models: created once, checked completely."""

import pytest

from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunError, RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.errors import Conflict, InvalidInput
from core.services.application import Application
from core.services.demos import example_projects
from core.services.experiments.experiments import plan
from core.services.models.models import BaseModelRequest, Training, add_base_model, get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project, slug_of
from core.services.queue import run_lifecycle
from core.services.queue.runs import cancel_runs
from core.services.recipes.recipe_files import read_recipe_file
from core.testing.laboratory import Laboratory


def test_a_project_gets_a_short_name_and_the_metrics_of_its_task(
    app: Application, laboratory: Laboratory
) -> None:
    request = ProjectRequest("Street Signs (v2)", "image-classification", (DatasetRequest("d", "digits"),))
    project = create_project(app, request)
    assert project.slug == slug_of("Street Signs (v2)") == "street-signs-v2"
    measured = [metric.name for metric in project.measured_metrics]
    assert measured == ["top1", "loss", "file_bytes", "latency_ms"]
    assert [metric.name for metric in project.metrics] == [*measured, "top1@recovery"]
    assert project.primary == ("top1", "file_bytes")


def test_every_mistake_of_a_project_is_named(app: Application, project: Project) -> None:
    request = ProjectRequest(
        name=" ",
        task="image-clasification",
        slug="digits",
        datasets=(DatasetRequest("a", "digts"), DatasetRequest("a", "digits", {"x": 1})),
    )
    with pytest.raises(InvalidInput) as caught:
        create_project(app, request)
    assert {problem.field for problem in caught.value.problems} == {
        *("name", "task", "slug", "datasets", "datasets.0.source", "datasets.1.parameters.x"),
    }


def test_metrics_must_exist(app: Application, laboratory: Laboratory) -> None:
    request = ProjectRequest("x", "image-classification", primary=("top2",), budgets={"size": 1.0})
    with pytest.raises(InvalidInput) as caught:
        create_project(app, request)
    assert {problem.field for problem in caught.value.problems} == {"primary", "budgets.size"}


def test_a_base_model_is_made_evaluated_and_profiled_once(app: Application, project: Project) -> None:
    request = BaseModelRequest(project.id, "small CNN", "residual-cnn", training=Training(epochs=3))
    model = add_base_model(app, request)
    assert add_base_model(app, request).id == model.id
    runs = get_model(app, model.id).runs
    assert [run.kind for run in runs] == [RunKind.TRAIN, RunKind.EVALUATE, RunKind.PROFILE]
    assert runs[0].payload == {
        "dataset_id": project.datasets[0].id,
        "split": "train",
        "epochs": 3,
        "learning_rate": 3e-3,
        "batch_size": 64,
    }
    assert runs[1].waits_for == (runs[0].id,)
    imported = add_base_model(app, BaseModelRequest(project.id, "imported", "residual-cnn"))
    assert get_model(app, imported.id).runs[0].kind is RunKind.IMPORT


def test_every_mistake_of_a_base_model_is_named(app: Application, project: Project) -> None:
    request = BaseModelRequest(
        project.id, "", "residual-cn", seed=-1, training=Training(0, -1.0, 0), queue="x"
    )
    with pytest.raises(InvalidInput) as caught:
        add_base_model(app, request)
    assert {problem.field for problem in caught.value.problems} == {
        *("name", "source", "seed", "queue"),
        *("training.epochs", "training.learning_rate", "training.batch_size"),
    }


def test_an_example_that_is_misspelt_has_near_matches(app: Application) -> None:
    with pytest.raises(Exception, match="Did you mean digits"):
        example_projects.queue(app, "digit")


def test_a_base_whose_making_failed_is_no_base(app: Application, laboratory: Laboratory) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    run = laboratory.claim()
    assert run is not None
    run_lifecycle.fail(app, run.id, run.attempt, RunError("x", "x"))
    with pytest.raises(InvalidInput, match="making it ended as failed"):
        plan(app, ExperimentRequest(project.id, (base.id,), ((SweepStep("prune"),),)))
    add_base_model(app, BaseModelRequest(project.id, "residual CNN", "residual-cnn", training=Training()))
    assert laboratory.play() == 3
    with pytest.raises(Conflict):
        run_lifecycle.renew(app, run.id, run.attempt)


def test_a_cancelled_base_is_made_again_under_the_name_asked_for_now(
    app: Application, project: Project
) -> None:
    first = add_base_model(app, BaseModelRequest(project.id, "wrong name", "residual-cnn"))
    cancel_runs(app, [run.id for run in get_model(app, first.id).runs])
    again = add_base_model(app, BaseModelRequest(project.id, "right name", "residual-cnn"))
    assert (again.id, again.name) == (first.id, "right name")
    assert get_model(app, first.id).model.status is RunStatus.QUEUED


def test_a_name_means_the_model_that_was_not_cancelled(app: Application, project: Project) -> None:
    cancelled = add_base_model(app, BaseModelRequest(project.id, "net", "residual-cnn"))
    cancel_runs(app, [run.id for run in get_model(app, cancelled.id).runs])
    kept = add_base_model(app, BaseModelRequest(project.id, "net", "residual-cnn", seed=1))
    text = f"project: {project.slug}\nbase: net\nrecipes: [[{{technique: prune}}]]"
    assert read_recipe_file(app, text).base_ids == (kept.id,)
