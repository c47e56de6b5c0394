"""Weights from a person's computer become a base model; files that cannot are refused before being sent."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from flask import Request
from playwright.sync_api import Locator, Page, expect
from safetensors.torch import save_file

from core.compression.checkpoints.checkpoint import load
from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.domain.model import Model
from core.execution.base import RunContext, jobs
from core.execution.catalogue import catalogue
from core.execution.progress import DatabaseProgress
from core.execution.registries import load_registries
from core.models.base import Architecture
from core.services.models import models
from core.services.projects import projects
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.laboratory import CATALOGUE, Laboratory
from core.testing.running import wait_for
from dashboard import uploading

SIZE = {"architecture": "squeezenet1_1", "classes": 3}


@pytest.fixture
def form(page: Page, address: str, laboratory: Laboratory) -> Locator:
    """The place for a weights file, in the form of a base model of torchvision."""
    load_registries()
    now = datetime.now(UTC)
    for known in workers.list_workers(laboratory.app):
        workers.stop(laboratory.app, known.id)
    near = Worker(WorkerId(f"near-1-{place()}-abcdef"), "near", 1, ("cpu",), 1, now, now)
    offered = tuple(
        spec for spec in catalogue().model_sources if spec.name in {"torchvision", "weights-file"}
    )
    workers.announce(laboratory.app, near, replace(CATALOGUE, model_sources=offered))
    laboratory.project()
    page.goto(f"{address}/p/digits/models?tab=add")
    page.locator("#models-base-name").fill("mine")
    expect(page.locator("#models-base-source")).to_have_value("torchvision")
    page.get_by_label("Architecture").fill(SIZE["architecture"])
    page.get_by_label("Classes").fill("3")
    return page.locator(".file-upload", has_text="safetensors")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A file with weights that no seed of the product draws."""
    module = Architecture("torchvision", SIZE).build(seed=12345)
    save_file(module.state_dict(), tmp_path / "my weights.safetensors")
    return tmp_path / "my weights.safetensors"


def choose(form: Locator, file: Path) -> None:
    with form.page.expect_file_chooser() as chooser:
        form.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(file)


def waiting_for(event: threading.Event) -> Callable[[Request], Iterator[bytes]]:
    """Return what takes the first piece of an upload, and the rest when the event has come."""
    taken = uploading._pieces

    def slow(asked: Request) -> Iterator[bytes]:
        pieces = taken(asked)
        yield next(pieces)
        event.wait(60)
        yield from pieces

    return slow


def queued(laboratory: Laboratory) -> list[Model]:
    return models.list_models(laboratory.app, projects.get_project(laboratory.app, "digits").id)


def made(laboratory: Laboratory) -> torch.nn.Module:
    """Make the model as a run process does, and return it as it is stored."""
    app = laboratory.app
    run = run_lifecycle.claim_next(app, WorkerId("near"), queues=("cpu",))
    assert run is not None
    run_context = RunContext(app, run, torch.device("cpu"), DatabaseProgress(app, run))
    run_lifecycle.succeed(app, run.id, run.attempt, jobs.get(run.kind).perform(run_context))
    (model,) = queued(laboratory)
    assert model.artifact is not None
    return load(app.artifacts.fetch(model.artifact)).module


def test_uploaded_weights_become_a_model(
    page: Page, form: Locator, laboratory: Laboratory, weights: Path
) -> None:
    assert Axe().run(page, ".file-upload").response["violations"] == []
    choose(form, weights)
    expect(form.get_by_text("my_weights.safetensors · 2.9")).to_be_visible()
    expect(form.get_by_text("52 tensors")).to_be_visible()
    expect(page.get_by_role("radio", name="Import its weights")).to_be_checked()
    expect(page.get_by_label("Weights file")).to_be_hidden()
    assert Axe().run(page, ".file-upload").response["violations"] == []
    weights.unlink()
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("Queued mine")).to_be_visible()
    inputs = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    expected = Architecture("torchvision", SIZE).build(seed=12345)
    with torch.no_grad():
        assert torch.equal(made(laboratory)(inputs), expected(inputs))


def test_a_removed_file_is_not_used(page: Page, form: Locator, laboratory: Laboratory, weights: Path) -> None:
    choose(form, weights)
    form.get_by_role("button", name="Remove").click()
    expect(form.get_by_role("button", name="Upload a file")).to_be_focused()
    expect(page.get_by_label("Weights file")).to_have_value("")
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("Queued mine")).to_be_visible()
    (model,) = queued(laboratory)
    assert model.source is not None
    assert model.source.parameters["weights_file"] == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("model.pth", "model.pth is not a safetensors file by its name. Convert it with safetensors.torch"),
        ("pickle.safetensors", "pickle.safetensors is not a safetensors file: it is a PyTorch file"),
        ("cut.safetensors", "cut.safetensors is cut off: its tensors need"),
        ("empty.safetensors", "empty.safetensors is empty."),
    ],
)
def test_a_wrong_file_is_refused_without_being_sent(
    page: Page, form: Locator, laboratory: Laboratory, weights: Path, *, name: str, said: str
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/uploads?" in request.url else None)
    wrong = weights.with_name(name)
    if name.startswith(("model", "pickle")):
        torch.save({"weight": torch.ones(3)}, wrong)
    else:
        wrong.write_bytes(weights.read_bytes()[:-5] if name.startswith("cut") else b"")
    choose(form, wrong)
    expect(form.get_by_role("alert")).to_contain_text(said)
    expect(page.get_by_role("button", name="Queue it")).to_be_enabled()
    assert sent == []
    form.get_by_role("textbox", name="Weights file").fill("/weights/mine.pt")
    expect(form.locator(".file-upload-wrong")).to_have_text("")
    choose(form, weights)
    expect(form.get_by_text("52 tensors")).to_be_visible()


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(
    page: Page, form: Locator, laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    monkeypatch.setattr(uploading, "_pieces", waiting_for(cancelled))
    save_file({"weight": torch.zeros(20_000_000)}, tmp_path / "large.safetensors")
    choose(form, tmp_path / "large.safetensors")
    expect(form.get_by_text(re.compile(r"^[1-9]\d? % of large\.safetensors$"))).to_be_visible()
    expect(form.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    expect(page.get_by_role("button", name="Queue it")).to_be_disabled()
    form.get_by_role("button", name="Cancel").click()
    expect(form.get_by_role("button", name="Upload a file")).to_be_visible()
    cancelled.set()
    expect(page.get_by_role("button", name="Queue it")).to_be_enabled()
    expect(page.get_by_label("Weights file")).to_have_value("")
    expect(form.locator(".file-upload-wrong")).to_have_text("")
    wait_for("an empty folder", lambda: not list(tmp_path.rglob("*.part")))
    assert list((tmp_path / "artifacts").rglob("*")) == []


def test_another_source_begins_anew(
    page: Page, form: Locator, laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = threading.Event()
    monkeypatch.setattr(uploading, "_pieces", waiting_for(changed))
    save_file({"weight": torch.zeros(20_000_000)}, tmp_path / "large.safetensors")
    choose(form, tmp_path / "large.safetensors")
    expect(form.get_by_text("% of large.safetensors")).to_be_visible()
    page.locator("#models-base-source").click()
    page.get_by_role("option", name="Own model").click()
    expect(page.get_by_label("Factory")).to_be_visible()
    changed.set()
    expect(page.get_by_role("button", name="Queue it")).to_be_enabled()
    expect(page.get_by_label("Weights file")).to_have_value("")
    expect(form.get_by_role("button", name="Upload a file")).to_be_visible()
    wait_for("an empty folder", lambda: not list(tmp_path.rglob("*.part")))
    save_file({"weight": torch.zeros(2)}, tmp_path / "small.safetensors")
    choose(form, tmp_path / "small.safetensors")
    expect(form.get_by_text("1 tensor")).to_be_visible()
    page.locator("#models-base-source").click()
    page.get_by_role("option", name="torchvision").click()
    expect(page.get_by_label("Architecture")).to_be_visible()
    expect(form.get_by_role("button", name="Upload a file")).to_be_visible()
    expect(page.get_by_label("Weights file")).to_have_value("")


def test_a_dropped_file_is_taken(page: Page, form: Locator, weights: Path) -> None:
    drop = """async ([place, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "dropped.safetensors"));
        for (const kind of ["dragover", "drop"])
            place.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    small = weights.with_name("small.safetensors")
    save_file({"weight": torch.ones(3)}, small)
    page.evaluate(drop, [form.element_handle(), list(small.read_bytes())])
    expect(form.get_by_text("dropped.safetensors · 84 B · 1 tensor")).to_be_visible()
