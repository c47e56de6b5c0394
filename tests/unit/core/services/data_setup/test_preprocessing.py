"""What images models expect, proposed while data or a base model are chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.data.sources.image_folder import ImageFolderParams
from core.data.sources.table import TextTableParams
from core.domain.catalogue import SourceSpec, Worker
from core.domain.ids import ModelId, WorkerId
from core.domain.model import Model, Source
from core.domain.project import Project
from core.models.sources.hugging_face import HuggingFaceParams
from core.models.sources.torchvision_models import TorchvisionParams
from core.services.application import Application
from core.services.data_setup.datasets import DatasetRequest
from core.services.data_setup.preprocessing import proposed_preprocessing
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.laboratory import CATALOGUE, WORKER, Laboratory

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALVES = {"mean": [0.5] * 3, "std": [0.5] * 3}
FOLDER = DatasetRequest("photos", "image-folder", {"path": "/photos"})


@pytest.fixture
def announce(app: Application) -> Callable[..., None]:
    def announced(*, here: bool) -> None:
        now = datetime.now(UTC)
        sources = {"torchvision": TorchvisionParams, "huggingface": HuggingFaceParams}
        data = {"image-folder": ImageFolderParams, "table": TextTableParams}
        offered = replace(
            CATALOGUE,
            model_sources=tuple(SourceSpec(n, n, "", of.specs()) for n, of in sources.items()),
            data_sources=tuple(SourceSpec(n, n, "", of.specs()) for n, of in data.items()),
        )
        name = WorkerId(f"near-1-{place() if here else 'elsewhere'}-abcdef")
        workers.announce(app, Worker(name, "near", 1, ("cpu",), 1, now, now), offered)
        workers.stop(app, WORKER)

    return announced


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said = {"size": {"height": 32, "width": 32}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    return tmp_path


def expect(app: Application, model: Model, values: dict[str, Any]) -> None:
    """Let an import have found what a base model expects."""
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(model.project_id)
        now = datetime.now(UTC)
        uow.models.set_made(ModelId(model.id), artifact="a", manifest={"preprocessing": values}, at=now)
        uow.commit()


@pytest.mark.parametrize(
    ("architecture", "size"), [("resnet18", 224), ("efficientnet_b3", 300), ("inception_v3", 299)]
)
def test_published_weights_of_torchvision_propose_their_size(
    app: Application, laboratory: Laboratory, announce: Callable[..., None], architecture: str, size: int
) -> None:
    announce(here=False)
    base = Source("torchvision", {"architecture": architecture, "published": True})
    data = replace(FOLDER, parameters={"size": 64, "mean": [0.5], "std": [0.5]})
    (found,) = proposed_preprocessing(app, None, data, base=base, base_name="net")
    assert found.models == ("net",)
    assert found.differing == found.expected == {"size": size, **IMAGENET}


def test_weights_of_ones_own_propose_nothing(
    app: Application, laboratory: Laboratory, announce: Callable[..., None]
) -> None:
    announce(here=True)
    assert proposed_preprocessing(app, None, FOLDER, base=Source("torchvision", {})) == ()


def test_a_folder_of_transformers_is_read_where_workers_see_it(
    app: Application, laboratory: Laboratory, announce: Callable[..., None], folder: Path
) -> None:
    base = Source("huggingface", {"model": str(folder), "purpose": "image-classification"})
    announce(here=True)
    (found,) = proposed_preprocessing(app, None, FOLDER, base=base)
    assert found.differing == {"size": 32, **HALVES}
    same = replace(FOLDER, parameters={"size": 32, **HALVES})
    assert proposed_preprocessing(app, None, same, base=base)[0].differing == {}
    announce(here=False)
    assert proposed_preprocessing(app, None, FOLDER, base=base) == ()


@pytest.mark.parametrize("content", ["", "[]", "{", "\udcff"], ids=["empty", "a list", "cut", "not text"])
def test_a_damaged_file_proposes_nothing(
    app: Application, laboratory: Laboratory, announce: Callable[..., None], folder: Path, content: str
) -> None:
    announce(here=True)
    (folder / "preprocessor_config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    base = Source("huggingface", {"model": str(folder)})
    assert proposed_preprocessing(app, None, FOLDER, base=base) == ()


def test_bases_of_a_project_propose_what_their_import_found(
    app: Application, laboratory: Laboratory, project: Project, base: Model, announce: Callable[..., None]
) -> None:
    announce(here=True)
    assert proposed_preprocessing(app, project.id, FOLDER) == ()
    expect(app, base, {"size": 224, **IMAGENET})
    (found,) = proposed_preprocessing(app, project.id, FOLDER)
    assert (found.models, found.differing) == ((base.name,), {})  # the defaults of image folders
    other = replace(FOLDER, parameters={"size": 32})
    assert proposed_preprocessing(app, project.id, other)[0].differing == {"size": 224}


def test_texts_have_nothing_to_prepare(
    app: Application, laboratory: Laboratory, project: Project, base: Model, announce: Callable[..., None]
) -> None:
    announce(here=True)
    expect(app, base, {"size": 224, **IMAGENET})
    assert proposed_preprocessing(app, project.id, DatasetRequest("t", "table", {})) == ()
    assert proposed_preprocessing(app, project.id, DatasetRequest("t", "unknown", {})) == ()
