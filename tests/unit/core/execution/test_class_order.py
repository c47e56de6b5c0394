"""A model of the Hugging Face library whose labels are in another order than the data's folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import ResNetConfig, ResNetForImageClassification

from core.domain.ids import WorkerId
from core.execution import process
from core.services.application import Application
from core.services.data_setup.preprocessing import ProposedPreprocessing, proposed_preprocessing
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import ModelDetails, get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle

COLOURS = {"blue": (0, 0, 255), "green": (0, 255, 0), "red": (255, 0, 0)}


def taught(folder: Path, labels: list[str]) -> None:
    """Save a model that answers with the colour of an image; its outputs have these labels."""
    torch.manual_seed(0)
    config = ResNetConfig(
        num_channels=3, embedding_size=8, hidden_sizes=[8], depths=[1], layer_type="basic",
        id2label=dict(enumerate(labels)), label2id={name: place for place, name in enumerate(labels)},
    )  # fmt: skip
    module = ResNetForImageClassification(config).eval()
    shown = torch.stack([torch.tensor(COLOURS[name]).float().div(255) for name in labels])
    images = ((shown - 0.5) / 0.5)[:, :, None, None].expand(-1, -1, 16, 16)
    with torch.no_grad():
        features = module.resnet(images).pooler_output.flatten(1)
        module.classifier[1].weight.copy_(torch.linalg.pinv(features).T * 9)
        module.classifier[1].bias.zero_()
    module.save_pretrained(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, colour in COLOURS.items():
        for split in ("train", "test"):
            (tmp_path / "data" / split / name).mkdir(parents=True)
            for index in range(10):
                Image.new("RGB", (16, 16), colour).save(tmp_path / "data" / split / name / f"{index}.png")
    return tmp_path


def evaluated(app: Application, folder: Path, labels: list[str]) -> ModelDetails:
    taught(folder / "model", labels)
    parameters = {"path": str(folder / "data"), "size": 16, "mean": [0.5], "std": [0.5]}
    data = DatasetRequest("colours", "image-folder", parameters)
    project = create_project(app, ProjectRequest("Colours", "image-classification", (data,)))
    source = {"model": str(folder / "model"), "purpose": "image-classification"}
    model = add_base_model(app, BaseModelRequest(project.id, "net", "huggingface", source))
    while run := run_lifecycle.claim_next(app, WorkerId("here"), queues=("cpu",)):
        process._perform(app, run)
    return get_model(app, model.id)


def test_classes_are_matched_by_name(app: Application, folder: Path) -> None:
    found = evaluated(app, folder, ["red", "blue", "green"])
    assert found.model.metrics["top1"] == 1.0  # by position it would be 0
    assert found.remarks[0] == "Outputs were matched by name to the data's classes: blue, green, red."


def test_other_names_are_matched_by_position_and_what_looks_wrong_is_told(
    app: Application, folder: Path
) -> None:
    COLOURS.update({"rouge": (255, 0, 0), "bleu": (0, 0, 255), "vert": (0, 255, 0)})
    try:
        found = evaluated(app, folder, ["rouge", "bleu", "vert"])
    finally:
        for name in ("rouge", "bleu", "vert"):
            del COLOURS[name]
    assert found.model.metrics["top1"] == 0.0
    assert "outputs are matched by their order, since the names differ" in found.remarks[0]
    assert "mean recall is 0.0 %, and would be 100.0 %" in found.remarks[1]


def test_images_prepared_in_another_way_are_told_with_the_values_to_set(
    app: Application, folder: Path
) -> None:
    (folder / "model").mkdir()
    said = {"size": {"height": 16, "width": 16}, "image_mean": [0.4] * 3, "image_std": [0.5] * 3}
    (folder / "model" / "preprocessor_config.json").write_text(json.dumps(said))
    found = evaluated(app, folder, ["blue", "green", "red"])
    (said_of_it,) = found.remarks
    assert said_of_it.startswith("The model was trained on images prepared in another way than these data: ")
    assert said_of_it.endswith(
        "data: mean 0.4, 0.4, 0.4, not 0.5. Set that under Data, or its accuracy suffers."
    )


def test_what_an_imported_model_expects_is_kept_and_proposed_for_data(app: Application, folder: Path) -> None:
    (folder / "model").mkdir()
    said = {"size": {"height": 24, "width": 24}, "image_mean": [0.4] * 3, "image_std": [0.5] * 3}
    (folder / "model" / "preprocessor_config.json").write_text(json.dumps(said))
    found = evaluated(app, folder, ["blue", "green", "red"])
    expected = {"size": 24, "mean": [0.4] * 3, "std": [0.5] * 3}
    assert found.manifest["preprocessing"] == expected
    data = DatasetRequest("more", "image-folder", {"size": 24, "mean": [0.5], "std": [0.5]})
    (proposal,) = proposed_preprocessing(app, found.model.project_id, data)
    assert proposal == ProposedPreprocessing(("net",), expected, {"mean": [0.4] * 3})
