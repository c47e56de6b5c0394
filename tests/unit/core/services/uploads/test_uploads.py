"""Uploads: what comes in whole is kept once, what does not leaves nothing, and what nobody uses goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from core.domain.catalogue import SourceSpec
from core.domain.data.uploads import Upload, UploadReference, read_reference, safe_name
from core.errors import CorruptArtifact, InvalidInput, Misconfigured, Problem
from core.models.sources.torchvision_models import TorchvisionParams
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import delete_models
from core.services.uploads.uploads import receive, remove_unused
from core.services.workers import workers
from core.testing.fakes import SettableClock
from core.testing.laboratory import CATALOGUE, Laboratory

CONTENT = save({"weight": torch.ones(3)})
DAY_S = 86_400


def pieces(content: bytes, size: int = 10) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def kept(app: Application, content: bytes = CONTENT, name: str = "mine.safetensors") -> Upload:
    return receive(app, name, len(content), pieces(content))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".db"]


@pytest.fixture
def announced(app: Application, laboratory: Laboratory) -> None:
    """Let the worker offer torchvision's architectures, with or without a file."""
    spec = SourceSpec("torchvision", "torchvision", "", TorchvisionParams.specs())
    (worker,) = workers.list_workers(app)
    workers.announce(app, worker, replace(CATALOGUE, model_sources=(spec,)))


@pytest.fixture
def adding(app: Application, laboratory: Laboratory, announced: None) -> Callable[[str], Any]:
    """Return what adds a base model with these weights; it returns the model, or its one problem."""
    project = laboratory.project()

    def add(weights: str) -> Any:
        try:
            return add_base_model(
                app, BaseModelRequest(project.id, "base", "torchvision", {"weights_file": weights})
            )
        except InvalidInput as error:
            (problem,) = error.problems
            return problem

    return add


def test_a_file_that_came_in_is_found_by_its_content(app: Application, tmp_path: Path) -> None:
    upload = kept(app)
    assert app.artifacts.fetch(upload.key).read_bytes() == CONTENT
    assert (upload.name, upload.size_bytes, upload.tensors) == ("mine.safetensors", len(CONTENT), 1)
    assert read_reference(str(upload.reference)) == upload.reference
    assert kept(app, name="other.safetensors").key == upload.key
    assert len(files(tmp_path / "artifacts")) == 1
    assert files(tmp_path / "cache") == []


@pytest.mark.parametrize(
    ("name", "content", "size", "said"),
    [
        ("w.safetensors", CONTENT[:-1], len(CONTENT), f"did not arrive whole: {len(CONTENT) - 1} of"),
        ("w.safetensors", CONTENT + b"x", len(CONTENT), "did not arrive whole"),
        ("w.safetensors", b"", 0, "w.safetensors is empty"),
        ("w.safetensors", b"PK\x03\x04" * 50, 200, "it is a PyTorch file"),
        ("w.safetensors", CONTENT, 10_001, "has 10,001 bytes; at most 10,000 can be uploaded"),
        ("model.pth", CONTENT, len(CONTENT), "model.pth is not a safetensors file by its name"),
        ("", CONTENT, len(CONTENT), "A file without a name is not a safetensors file"),
        (".safetensors", CONTENT, len(CONTENT), "is not a safetensors file by its name"),
    ],
    ids=["cut", "longer than said", "empty", "archive", "too large", "suffix", "no name", "only a suffix"],
)
def test_of_a_file_that_is_refused_nothing_is_kept(
    app: Application, tmp_path: Path, *, name: str, content: bytes, size: int, said: str
) -> None:
    app = replace(app, limits=replace(app.limits, upload_bytes=10_000))
    with pytest.raises(InvalidInput, match=said.replace("(", r"\(")) as refused:
        receive(app, name, size, pieces(content))
    assert refused.value.hint
    assert files(tmp_path / "artifacts") + files(tmp_path / "cache") == []
    with app.unit_of_work() as uow:
        assert uow.uploads.list() == []


def test_pickles_are_refused_with_what_to_do(app: Application) -> None:
    with pytest.raises(InvalidInput, match=r"safetensors\.torch\.save_file, or put it on the worker"):
        receive(app, "model.pt", 5, pieces(b"12345"))


def test_a_cache_that_is_no_folder_is_named(app: Application, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(Misconfigured, match="cannot be stored in"):
        kept(app)


def test_what_a_killed_process_left_goes_with_the_next_upload(app: Application, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "uploads"
    folder.mkdir(parents=True)
    for name, age_s in (("left.part", 7200), ("going.part", 5)):
        (folder / name).write_bytes(b"half")
        at = (folder / name).stat().st_mtime - age_s
        os.utime(folder / name, (at, at))
    kept(app)
    assert [path.name for path in files(folder)] == ["going.part"]


def test_a_model_takes_an_upload_and_equal_content_is_the_same_model(
    app: Application, adding: Callable[[str], Any]
) -> None:
    first = adding(str(kept(app).reference))
    assert first.source.parameters["weights_file"] == str(kept(app).reference)
    assert adding(str(kept(app, name="renamed.safetensors").reference)).id == first.id
    assert adding(str(kept(app, save({"weight": torch.zeros(3)})).reference)).id != first.id


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("uploaded:", "does not name an uploaded file."),
        ("uploaded:../../etc/passwd", "does not name an uploaded file."),
        (f"uploaded:{'0' * 64}/../../x.safetensors", "does not name an uploaded file."),
        (f"uploaded:{'0' * 64}/..", "does not name an uploaded file."),
        (f"uploaded:{'0' * 64}/w.safetensors", "There is no uploaded file w.safetensors with this content"),
    ],
    ids=["nothing", "path", "path behind the hash", "folder above", "gone"],
)
def test_references_to_nothing_are_refused(adding: Callable[[str], Any], value: str, said: str) -> None:
    problem = adding(value)
    assert isinstance(problem, Problem)
    assert problem.field == "parameters.weights_file"
    assert said in problem.message
    assert problem.hint


@pytest.mark.parametrize(
    "name",
    [
        *("\ud800.safetensors", "a\n<b>.safetensors", "n" * 5000 + ".safetensors", "w.pt", ".safetensors"),
        *("w w.safetensors", "..safetensors", "w.safetensors\n", "w\0.safetensors"),
    ],
    ids=["surrogate", "line", "long", "pickle", "suffix", "blank", "hidden", "line at the end", "zero"],
)
def test_names_that_no_upload_has_name_none(
    app: Application, adding: Callable[[str], Any], name: str
) -> None:
    problem = adding(f"uploaded:{kept(app).key}/{name}")
    assert isinstance(problem, Problem)
    assert problem.field == "parameters.weights_file"
    assert len(problem.message) < 200
    with app.unit_of_work() as uow:
        (project,) = uow.projects.list()
        assert uow.models.list(project.id) == []


def test_what_no_model_uses_goes_after_a_day(
    app: Application, clock: SettableClock, adding: Callable[[str], Any]
) -> None:
    unused, used = kept(app), kept(app, save({"weight": torch.zeros(3)}))
    model = adding(str(used.reference))
    clock.advance(DAY_S - 1)
    assert remove_unused(app) == []
    clock.advance(2)
    assert remove_unused(app) == [unused.key]
    assert remove_unused(app) == []
    with pytest.raises(CorruptArtifact, match="missing"):
        app.artifacts.fetch(unused.key)
    assert "those that no model uses are removed after 24 hours" in adding(str(unused.reference)).message
    delete_models(app, [model.id])
    clock.advance(10 * DAY_S)
    assert remove_unused(app) == [], "a deleted model can be restored"
    assert app.artifacts.fetch(used.key)


def test_uploading_again_begins_the_day_anew(app: Application, clock: SettableClock) -> None:
    kept(app)
    clock.advance(DAY_S - 1)
    kept(app)
    clock.advance(DAY_S - 1)
    assert remove_unused(app) == []


def test_a_model_stored_as_the_same_bytes_keeps_them(
    app: Application, clock: SettableClock, adding: Callable[[str], Any]
) -> None:
    upload, model = kept(app), adding("")
    with app.unit_of_work(writing=True) as uow:
        uow.models.set_made(model.id, artifact=upload.key, manifest={}, at=clock.now())
        uow.commit()
    clock.advance(2 * DAY_S)
    assert remove_unused(app) == []
    assert app.artifacts.fetch(upload.key)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("resnet18.safetensors", "resnet18.safetensors"),
        ("../../etc/pass wd.safetensors", "pass_wd.safetensors"),
        (r"C:\models\mine (2).safetensors", "mine_2_.safetensors"),
        ("<b>x</b>.safetensors", "b_.safetensors"),
        ("हिन्दी.safetensors", "हिन्दी.safetensors"),
        ("\ud800\u202ex.safetensors", "_x.safetensors"),
        ("gewichte-für-ü.safetensors", "gewichte-für-ü.safetensors"),
        ("...safetensors", "safetensors"),
        ("a\0b\nc.safetensors", "a_b_c.safetensors"),
        ("ü" * 300 + ".safetensors", "ü" * 69 + ".safetensors"),
    ],
)
def test_names_are_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_names_of_uploads_can_be_written_in_references(name: str) -> None:
    written = str(UploadReference("0" * 64, safe_name(f"{name}w.safetensors")))
    assert str(read_reference(written)) == written
