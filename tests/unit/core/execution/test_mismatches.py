"""Models and data that cannot suit a project's task are refused when they are added, where that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from core.errors import InvalidInput
from core.services.application import Application
from core.services.models.models import BaseModelRequest, add_base_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project

TABLE = DatasetRequest("sentences", "text-table", {"path": "/somewhere", "label_column": "label"})
DIGITS = DatasetRequest("digits", "digits")


@pytest.mark.parametrize(
    ("task", "source", "parameters", "said"),
    [
        (
            "image-classification",
            "tiny-transformer",
            {"family": "bert"},
            "Transformer from scratch stands for texts here, but image classification is about images.",
        ),
        (
            "image-classification",
            "huggingface",
            {"model": "org/name"},
            "Hugging Face stands for texts here, but image classification is about images.",
        ),
        (
            "text-classification",
            "torchvision",
            {"architecture": "resnet18"},
            "torchvision stands for images here, but text classification is about texts.",
        ),
        (
            "generation",
            "huggingface",
            {"model": "org/name", "purpose": "image-classification"},
            "Hugging Face stands for images here, but text generation is about texts.",
        ),
    ],
    ids=["text model", "text by default", "image model", "image purpose"],
)
def test_a_base_model_for_other_inputs_is_refused(
    app: Application, task: str, source: str, parameters: Mapping[str, Any], said: str
) -> None:
    project = create_project(app, ProjectRequest("Mine", task))
    with pytest.raises(InvalidInput) as caught:
        add_base_model(app, BaseModelRequest(project.id, "model", source, parameters))
    (problem,) = caught.value.problems
    assert (problem.field, problem.message) == ("source", said)
    assert "another project" in problem.hint or "another task" in problem.hint


@pytest.mark.parametrize(
    ("source", "parameters", "field"),
    [
        ("tiny-transformer", {"family": "bert"}, "family"),
        ("huggingface", {"model": "org/name", "purpose": "text-classification"}, "purpose"),
    ],
    ids=["family", "purpose"],
)
def test_a_model_that_never_writes_is_not_queued_to_generate(
    app: Application, source: str, parameters: Mapping[str, Any], field: str
) -> None:
    project = create_project(app, ProjectRequest("Mine", "generation"))
    with pytest.raises(InvalidInput, match="is not for text generation") as caught:
        add_base_model(app, BaseModelRequest(project.id, "model", source, parameters))
    assert [problem.field for problem in caught.value.problems] == [f"parameters.{field}"]


@pytest.mark.parametrize(
    ("task", "source", "parameters"),
    [
        ("image-classification", "tiny-transformer", {"family": "vit"}),
        ("text-classification", "tiny-transformer", {"family": "bert"}),
        (
            "text-classification",
            "weights-file",
            {"factory": "unheard-of", "weights_file": "/a.safetensors", "tokenizer": "org/name"},
        ),
    ],
    ids=["images", "texts", "unknown"],
)
def test_a_base_model_that_may_suit_is_queued(
    app: Application, task: str, source: str, parameters: Mapping[str, Any]
) -> None:
    project = create_project(app, ProjectRequest("Mine", task))
    assert add_base_model(app, BaseModelRequest(project.id, "model", source, parameters)).id


@pytest.mark.parametrize(
    ("task", "dataset", "refused"),
    [
        ("image-classification", TABLE, True),
        ("text-classification", DIGITS, True),
        ("image-classification", DIGITS, False),
        ("text-classification", TABLE, False),
    ],
    ids=["texts for images", "images for texts", "images", "texts"],
)
def test_data_of_another_kind_are_refused(
    app: Application, task: str, dataset: DatasetRequest, refused: bool
) -> None:
    request = ProjectRequest("Mine", task, (dataset,))
    if not refused:
        assert create_project(app, request).datasets
        return
    with pytest.raises(InvalidInput) as caught:
        create_project(app, request)
    assert [problem.field for problem in caught.value.problems] == ["datasets.0.source"]
