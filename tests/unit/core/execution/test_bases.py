"""Base models of uploaded weights come from the artifact store; what is wrong is told by the file's name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.artifacts.opening import open_artifacts
from core.compression.checkpoints.checkpoint import load, save
from core.domain.data.uploads import UploadReference
from core.domain.model import Source
from core.errors import CorruptArtifact, UnusableInput
from core.execution.bases import created
from core.execution.registries import load_registries
from core.models.base import Architecture
from core.ports import ArtifactStore

load_registries()
SIZE = {"architecture": "squeezenet1_1", "classes": 3}


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """Return a store on this machine, or one whose objects are elsewhere, as in S3."""
    urls = {"folder": str(tmp_path / "artifacts"), "memory": f"memory://{tmp_path.name}"}
    return open_artifacts(urls[request.param], cache_dir=tmp_path / "cache")


def uploaded(
    store: ArtifactStore, folder: Path, *, classes: int = 3
) -> tuple[Source, dict[str, torch.Tensor]]:
    """Store weights that no seed draws, and return the source of a model that takes them."""
    module = Architecture("torchvision", {**SIZE, "classes": classes}).build()
    weights = {name: torch.full_like(tensor, 0.25) for name, tensor in module.state_dict().items()}
    save_file(weights, folder / "anything")
    reference = UploadReference(store.put(folder / "anything"), "mine.safetensors")
    (folder / "anything").unlink()
    return Source("torchvision", {**SIZE, "weights_file": str(reference)}), weights


def test_a_model_has_the_weights_that_were_uploaded(store: ArtifactStore, tmp_path: Path) -> None:
    source, weights = uploaded(store, tmp_path)
    model = created(store, source, seed=1)
    module = model.module
    assert all(torch.equal(tensor, weights[name]) for name, tensor in module.state_dict().items())
    assert not model.drawn


def test_a_model_without_weights_is_as_it_was_drawn(store: ArtifactStore, tmp_path: Path) -> None:
    model = created(store, Source("residual-cnn", {"width": 4}), seed=1)
    assert model.drawn
    save(model, tmp_path / "drawn.safetensors")
    assert not load(tmp_path / "drawn.safetensors").drawn  # a step's result, which the parent's origin tells


def test_a_worker_elsewhere_fetches_the_file(tmp_path: Path) -> None:
    url = f"memory://{tmp_path.name}"
    source, weights = uploaded(open_artifacts(url, cache_dir=tmp_path / "here"), tmp_path)
    module = created(open_artifacts(url, cache_dir=tmp_path / "there"), source, seed=1).module
    assert torch.equal(module.state_dict()["features.0.weight"], weights["features.0.weight"])


def test_a_stored_model_remembers_the_content_and_no_path(store: ArtifactStore, tmp_path: Path) -> None:
    source, weights = uploaded(store, tmp_path)
    model = created(store, source, seed=1)
    assert dict(model.architecture.parameters) == source.parameters
    save(model, tmp_path / "model")
    store.delete(str(source.parameters["weights_file"]).removeprefix("uploaded:").partition("/")[0])
    again = load(tmp_path / "model").module.state_dict()
    assert torch.equal(again["features.0.weight"], weights["features.0.weight"])


def test_weights_of_another_size_are_refused_in_words(store: ArtifactStore, tmp_path: Path) -> None:
    source, _ = uploaded(store, tmp_path, classes=5)
    with pytest.raises(UnusableInput, match=r"classifier\.1\.weight"):
        created(store, source, seed=1)


@pytest.mark.parametrize("damage", ["gone", "altered"])
def test_an_upload_that_is_not_there_is_told_by_its_name(tmp_path: Path, damage: str) -> None:
    store = open_artifacts(str(tmp_path / "artifacts"), cache_dir=tmp_path)
    source, _ = uploaded(store, tmp_path)
    (content,) = (path for path in (tmp_path / "artifacts").rglob("*") if path.is_file())
    content.unlink() if damage == "gone" else content.write_bytes(b"else")
    with pytest.raises(CorruptArtifact, match=r"The uploaded file mine\.safetensors cannot be used") as told:
        created(store, source, seed=1)
    assert told.value.hint == "Upload it again, then retry this run."


def test_a_file_that_is_no_weights_after_all_is_told_by_its_name(tmp_path: Path) -> None:
    store = open_artifacts(str(tmp_path / "artifacts"), cache_dir=tmp_path)
    (tmp_path / "text").write_text("these are no weights")
    reference = UploadReference(store.put(tmp_path / "text"), "mine.safetensors")
    source = Source("torchvision", {**SIZE, "weights_file": str(reference)})
    with pytest.raises(UnusableInput, match=r"^mine\.safetensors is not a safetensors file"):
        created(store, source, seed=1)


@pytest.mark.parametrize("value", ["uploaded:", "uploaded:nonsense/x", f"uploaded:{'0' * 64}/.."])
def test_what_is_no_reference_is_refused(tmp_path: Path, value: str) -> None:
    store = open_artifacts(str(tmp_path / "artifacts"), cache_dir=tmp_path)
    with pytest.raises(UnusableInput, match="does not name an uploaded file"):
        created(store, Source("torchvision", {**SIZE, "weights_file": value}), seed=1)
