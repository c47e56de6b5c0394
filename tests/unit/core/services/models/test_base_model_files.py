"""Base models: names, files, folders and counts that cannot be right are refused before queuing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.domain.catalogue import SourceSpec, Worker
from core.domain.ids import WorkerId
from core.domain.project import Project
from core.errors import InvalidInput, Problem
from core.models.sources.hugging_face import HuggingFaceParams
from core.models.sources.residual_cnn import ResidualCnnParams
from core.models.sources.torchvision_models import TorchvisionParams
from core.models.sources.weights_file import WeightsFileParams
from core.parameters import Parameters
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.laboratory import CATALOGUE, WORKER, Laboratory

SOURCES: dict[str, type[Parameters]] = {
    "residual-cnn": ResidualCnnParams,
    "torchvision": TorchvisionParams,
    "huggingface": HuggingFaceParams,
    "weights-file": WeightsFileParams,
}
Adding = Callable[..., Problem | None]


@pytest.fixture
def announce(app: Application) -> Callable[..., None]:
    """Return what makes a worker known that offers real sources, on this machine or on another."""

    def announced(*, here: bool) -> None:
        now = datetime.now(UTC)
        name = WorkerId(f"near-1-{place() if here else 'elsewhere'}-abcdef")
        specs = tuple(
            SourceSpec(
                each,
                each,
                "",
                tuple(replace(one, choices=()) if one.name == "factory" else one for one in of.specs()),
            )
            for each, of in SOURCES.items()
        )
        offered = replace(CATALOGUE, model_sources=specs)
        workers.announce(app, Worker(name, "near", 1, ("cpu",), 1, now, now), offered)
        workers.stop(app, WORKER)

    return announced


@pytest.fixture
def seen(project: Project, announce: Callable[..., None]) -> None:
    """Let a worker of this machine be known."""
    announce(here=True)


MORE = {"weights-file": {"factory": "f"}, "huggingface": {"purpose": "image-classification"}}
"""What a source needs besides, for the project's task."""


@pytest.fixture
def adding(app: Application, project: Project) -> Adding:
    """Return what adds a base model, and returns the one problem there is with it."""

    def added(source: str, **parameters: Any) -> Problem | None:
        try:
            add_base_model(app, BaseModelRequest(project.id, "base", source, parameters))
        except InvalidInput as error:
            (problem,) = error.problems
            return problem
        return None

    return added


@pytest.mark.parametrize(
    ("source", "field", "value", "said"),
    [
        ("torchvision", "architecture", "resnet81", "There is no architecture named 'resnet81'."),
        ("torchvision", "weights_file", "/no/such.pt", "There is no file /no/such.pt."),
        ("huggingface", "model", "/no/such", "There is no folder /no/such."),
        ("huggingface", "model", "./no/such", "There is no folder no/such."),
        ("weights-file", "weights_file", "no.pt", "There is no file no.pt."),
    ],
    ids=["architecture", "file", "folder", "relative folder", "own weights"],
)
@pytest.mark.usefixtures("seen")
def test_what_is_not_there_is_refused_at_its_field(
    adding: Adding, source: str, field: str, value: str, said: str
) -> None:
    problem = adding(source, **MORE.get(source, {}), **{field: value})
    assert problem is not None
    assert (problem.field, problem.message) == (f"parameters.{field}", said)
    assert problem.hint


def test_near_architectures_are_offered(announce: Callable[..., None], adding: Adding) -> None:
    announce(here=True)
    problem = adding("torchvision", architecture="resnet81")
    assert problem is not None
    assert problem.hint.startswith("Did you mean resnet18")


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ("torchvision", {"architecture": "vgg11"}),
        ("huggingface", {"model": "org/name", **MORE["huggingface"]}),
        ("huggingface", {"config": "{}", **MORE["huggingface"]}),
        ("weights-file", {"factory": "f"}),
    ],
    ids=["nothing named", "name on the hub", "only a configuration", "no weights"],
)
def test_what_may_be_empty_or_a_name_is_not_looked_for(
    announce: Callable[..., None], adding: Adding, source: str, parameters: dict[str, Any]
) -> None:
    announce(here=True)
    assert adding(source, **parameters) is None


def test_files_that_are_there_or_with_another_worker_are_taken(
    announce: Callable[..., None], adding: Adding, tmp_path: Path
) -> None:
    announce(here=True)
    (tmp_path / "w.pt").write_bytes(b"weights")
    assert adding("torchvision", weights_file=str(tmp_path / "w.pt")) is None
    assert adding("huggingface", model=str(tmp_path), **MORE["huggingface"]) is None
    announce(here=False)
    assert adding("torchvision", weights_file="/only/there.pt") is None


def test_counts_are_those_of_models_measured_on_the_data(
    announce: Callable[..., None], adding: Adding, laboratory: Laboratory
) -> None:
    announce(here=True)
    assert adding("residual-cnn", classes=8) is None, "nothing is known of the data yet"
    laboratory.play()
    problem = adding("torchvision", classes=12)
    assert problem is not None
    assert problem.field == "parameters.classes"
    assert problem.message == "Models measured on these data have 8 classes, not 12."
    assert problem.hint == "Use 8."
    assert adding("torchvision", classes=8) is None


def test_a_missing_factory_does_not_hide_a_missing_file(
    app: Application, project: Project, seen: None
) -> None:
    parameters = {"weights_file": "/data/gone.safetensors", "options": "["}
    with pytest.raises(InvalidInput) as raised:
        add_base_model(app, BaseModelRequest(project.id, "base", "weights-file", parameters))
    told = {problem.field: problem.message for problem in raised.value.problems}
    assert set(told) == {"parameters.factory", "parameters.options", "parameters.weights_file"}
    assert told["parameters.weights_file"] == "There is no file /data/gone.safetensors."
