import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step, SweepStep
from core.errors import InvalidInput
from core.services.application import Application
from core.services.experiments.experiments import plan
from core.services.imports.studies import import_file, name_of
from core.services.models.models import list_models
from core.services.projects.projects import get_project, list_projects
from core.testing.fakes import open_migrated


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.sqlite'}", tmp_path)
    yield opened
    opened.close()


def file_of(folder: Path, *models: object, name: str = "my_models.json") -> Path:
    path = folder / name
    path.write_text(json.dumps({"models": models}), encoding="utf-8")
    return path


def parent_names(models: list[Model]) -> dict[str, str | None]:
    names = {model.id: model.name for model in models}
    return {model.name: names[model.parent_id] if model.parent_id else None for model in models}


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        ("celeba_models.json", "celeba"),
        ("cifar10_image_classification_models.json", "cifar10-image-classification"),
    ],
)
def test_what_is_listed_is_what_the_file_says(
    app: Application, data_folder: Path, file: str, slug: str
) -> None:
    path = data_folder / "studies" / file
    written = {model["id"]: model for model in json.loads(path.read_text())["models"]}

    imported = import_file(app, path)

    project = get_project(app, slug)
    models = list_models(app, project.id)
    assert [model.id for model in models] == sorted(imported.model_ids)
    assert parent_names(models) == {name: model.get("base") for name, model in written.items()}
    for model in models:
        source = written[model.name]
        operation = source.get("operation")
        assert model.step == (Step(operation["name"], operation["parameters"]) if operation else None)
        given = {name: value for name, value in source["metrics"].items() if value is not None}
        derived = model.metrics.keys() - given.keys()
        assert {name: model.metrics[name] for name in given} == given
        assert derived <= {f"{name}@recovery" for name in project.primary}
        if "base" not in source:
            assert {model.metrics[name] for name in derived} <= {1.0}
        assert model.tags == (source["tag"],)
        assert (model.status, model.artifact) == (RunStatus.SUCCEEDED, None)
    assert imported.oddities
    assert all(oddity in project.description for oddity in imported.oddities)
    assert project.primary


def test_numbers_that_are_not_finite_come_back(app: Application, tmp_path: Path) -> None:
    metrics = {"loss": math.nan, "worst": -math.inf}
    imported = import_file(app, file_of(tmp_path, {"id": "a", "metrics": metrics}))
    (model,) = list_models(app, imported.project.id)
    assert model.metrics == pytest.approx(metrics, nan_ok=True)


def test_models_of_one_recipe_stay_apart(app: Application, tmp_path: Path) -> None:
    twins = [{"id": name, "base": "a", "operation": {"name": "tune"}} for name in ("b", "c")]
    imported = import_file(app, file_of(tmp_path, {"id": "a"}, *twins))
    assert len(list_models(app, imported.project.id)) == 3


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([{"id": "a"}, {"id": "a"}], "'a' is used by two models"),
        ([{"id": "a"}, {"id": "b", "base": "x"}], "'x', which is not in the file"),
        ([{"id": "a", "base": "b"}, {"id": "b", "base": "a"}], "'a' → 'b' → 'a'"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(
    app: Application, tmp_path: Path, models: list[object], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        import_file(app, file_of(tmp_path, *models))
    assert list_projects(app) == []


def test_a_name_that_is_taken_is_refused(app: Application, tmp_path: Path) -> None:
    path = file_of(tmp_path, {"id": "a"})
    import_file(app, path)
    with pytest.raises(InvalidInput, match="short name 'my' already"):
        import_file(app, path)
    assert import_file(app, path, name="Again").project.slug == "again"


def test_a_name_in_another_script_gets_a_short_name_of_its_own(app: Application, tmp_path: Path) -> None:
    path = file_of(tmp_path, {"id": "a"}, name="模型.json")
    for name, slug in (("Project 2", "project-2"), ("日本語", "project-3"), ("", "project-4")):
        project = import_file(app, path, name=name).project
        assert (project.name, project.slug) == (name or "模型", slug)


def test_an_empty_name_is_refused(app: Application, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="The name is empty"):
        import_file(app, file_of(tmp_path, {"id": "a"}), name="  ")


def test_a_file_that_is_not_there_is_refused(app: Application, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.json cannot be read: No such file"):
        import_file(app, tmp_path / "none.json")


def test_figures_without_weights_cannot_be_compressed(app: Application, tmp_path: Path) -> None:
    imported = import_file(app, file_of(tmp_path, {"id": "a"}))
    request = ExperimentRequest(imported.project.id, imported.model_ids, ((SweepStep("prune"),),))
    with pytest.raises(InvalidInput, match="imported only as figures"):
        plan(app, request)


@pytest.mark.parametrize(
    ("file", "name"),
    [("celeba_models.json", "celeba"), ("models.json", "models"), ("a b.csv", "a b"), ("x_Models.json", "x")],
)
def test_projects_are_named_after_files(file: str, name: str) -> None:
    assert name_of(file) == name
