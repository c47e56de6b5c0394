"""Places outside the allowed folders are refused before anything is looked at or told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.services.application import Application, Limits
from core.services.data_setup.file_checks import outside_problems
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project, list_projects
from core.services.workers.built_in import built_in
from core.testing.fakes import open_migrated

SOURCE = next(source for source in built_in().data_sources if source.name == "image-folder")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """An allowed folder, and a secret one with the same content."""
    allowed, secret = tmp_path / "allowed", tmp_path / "secret"
    for folder in (allowed, secret):
        (folder / "images" / "cats").mkdir(parents=True)
    (allowed / "way-out").symlink_to(secret)
    return allowed, secret


@pytest.fixture
def confined(tmp_path: Path, places: tuple[Path, Path]) -> Iterator[Application]:
    opened = open_migrated(f"sqlite:///{tmp_path}/x.db", tmp_path, limits=Limits(allowed_folders=places[:1]))
    yield opened
    opened.close()


def told(path: Path | str, *allowed: Path) -> list[str]:
    return [problem.message for problem in outside_problems(SOURCE, {"path": str(path)}, allowed, field="p")]


def test_a_place_inside_is_taken(places: tuple[Path, Path]) -> None:
    allowed, secret = places
    assert told(allowed, allowed) == []
    assert told(allowed / "images", allowed) == []
    assert told(allowed / "not-there", allowed) == []
    assert told(secret, allowed, secret) == []
    assert outside_problems(SOURCE, {"path": str(secret)}, None, field="p") == []


@pytest.mark.parametrize(
    "path", ["secret", "allowed/../secret/images", "allowed/way-out/images", "allowed2", ""]
)
def test_no_way_leads_outside(tmp_path: Path, places: tuple[Path, Path], path: str) -> None:
    wanted = f"{tmp_path}/{path}"
    assert told(wanted, places[0]) == [f"{wanted} is outside the folders that an administrator allows."]


def test_odd_paths_are_outside(places: tuple[Path, Path]) -> None:
    for path in ("/etc/\0passwd", "~nobody-at-all/x", "/" + "x" * 5000):
        assert len(told(path, places[0])) == 1


def test_a_project_of_a_place_outside_is_refused_alike_whether_it_exists(
    confined: Application, places: tuple[Path, Path]
) -> None:
    def refused(path: Path) -> str:
        dataset = DatasetRequest("data", "image-folder", {"path": str(path)})
        request = ProjectRequest(name="P", task="image-classification", datasets=(dataset,))
        with pytest.raises(InvalidInput) as caught:
            create_project(confined, request)
        return str(caught.value).replace(str(path), "PATH")

    there, missing = refused(places[1] / "images"), refused(places[1] / "not-there")
    assert there == missing
    assert "PATH is outside the folders" in there
    assert "cats" not in there
    assert list_projects(confined) == []


def test_a_weights_file_outside_is_refused(confined: Application, places: tuple[Path, Path]) -> None:
    request = ProjectRequest(name="P", task="image-classification")
    project = create_project(confined, request)
    file = places[1] / "weights.safetensors"
    parameters = {"factory": "resnet18", "weights_file": str(file)}
    with pytest.raises(InvalidInput, match="outside the folders that an administrator allows"):
        add_base_model(confined, BaseModelRequest(project.id, "mine", "weights-file", parameters))
    unconfined = replace(confined, limits=Limits())
    with pytest.raises(InvalidInput) as caught:
        add_base_model(unconfined, BaseModelRequest(project.id, "", "weights-file", parameters))
    assert "outside" not in str(caught.value)
