"""A project whose data lie on a hub: each evaluation keeps the commit that was read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from PIL import Image

from core.data.hub.hub import Hub
from core.domain.ids import WorkerId
from core.domain.model import Model
from core.execution import process
from core.services.application import Application
from core.services.models.models import BaseModelRequest, Training, add_base_model, get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle
from core.testing.servers.hub_server import HubServer, parquet_bytes


def dots(count: int) -> bytes:
    rows: list[dict[str, Any]] = []
    for number in range(count):
        content = BytesIO()
        Image.new("RGB", (8, 8), ("black", "white")[number % 2]).save(content, "PNG")
        rows.append({"image": {"bytes": content.getvalue(), "path": None}, "label": number % 2})
    return parquet_bytes(rows, ["dark", "light"])


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        here = partial(Hub, endpoint=server.url, cache=tmp_path / "cache")
        monkeypatch.setattr("core.data.hub.rows.Hub", here)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield server


def trained(app: Application, dataset: str) -> Model:
    """Return a base model, trained and evaluated on a data set of the hub."""
    data = DatasetRequest("dots", "huggingface-images", {"dataset": dataset})
    project = create_project(app, ProjectRequest("Dots", "image-classification", (data,)))
    parameters = {"channels": 3, "classes": 2, "width": 4}
    training = Training(epochs=1, batch_size=8)
    made = add_base_model(
        app, BaseModelRequest(project.id, "base", "residual-cnn", parameters, training=training)
    )
    while run := run_lifecycle.claim_next(app, WorkerId("here"), queues=("cpu",)):
        process._perform(app, run)
    return get_model(app, made.id)


def test_an_evaluation_keeps_the_commit_that_was_read(app: Application, hub: HubServer) -> None:
    commit = hub.put("org/dots", {"train.parquet": dots(16), "test.parquet": dots(6)})
    (evaluation,) = trained(app, "org/dots").evaluations
    assert evaluation.instances == 6
    assert evaluation.details["class_names"] == ["dark", "light"]
    assert evaluation.details["origin"] == f"org/dots@{commit}"
