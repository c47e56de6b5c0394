"""Images that do not decode are not fatal, and people are told: in the run's log and on the model's card."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from PIL import Image

from core.domain.ids import WorkerId
from core.domain.model import Model
from core.execution import process
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle

WORKER = WorkerId("here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split in ("train", "test"):
        for label in ("cats", "dogs"):
            (tmp_path / split / label).mkdir(parents=True)
            for index in range(3):
                Image.new("RGB", (8, 8), (index, 9, 9)).save(tmp_path / split / label / f"{index}.png")
    for index in range(4):
        (tmp_path / "test" / "dogs" / f"broken{index}.png").write_bytes(b"none")
    return tmp_path


@pytest.fixture
def evaluated(app: Application, folder: Path) -> Model:
    data = DatasetRequest("pets", "image-folder", {"path": str(folder), "size": 8})
    project = create_project(app, ProjectRequest("Pets", "image-classification", (data,)))
    request = BaseModelRequest(project.id, "CNN", "residual-cnn", {"width": 4, "channels": 3, "classes": 2})
    model = add_base_model(app, request)
    while run := run_lifecycle.claim_next(app, WORKER, queues=("cpu",)):
        process._perform(app, run)
    return model


def test_what_does_not_decode_is_counted_and_named(app: Application, evaluated: Model) -> None:
    drawn, said = get_model(app, evaluated.id).remarks
    assert drawn.startswith("All weights are drawn at random")
    assert said.startswith(
        "Evaluated without 4 of 10 instances of test: dogs/broken0.png does not decode: it is"
    )
    assert said.endswith(
        "broken2.png does not decode: it is no image of a known format, and 1 more, which its log names."
    )


def test_the_log_names_each(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> None:
    with caplog.at_level(logging.WARNING, "core.execution.base"):
        request.getfixturevalue("evaluated")
    said = [record.getMessage() for record in caplog.records]
    assert "pets of test: 4 of 10 instances are left out" in said
    assert {f"dogs/broken{index}.png" for index in range(4)} == {
        line.split()[0] for line in said if "decode" in line
    }
