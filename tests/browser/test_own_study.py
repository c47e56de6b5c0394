"""People bring their own data and their own network in the browser, and compress it; everything is real.

The data are the first rows of CIFAR-10 and SST-2 where those lie beside the checkout, else
some of the same format.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from torch import Tensor, nn

from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.testing.browser.seen import nodes_in_map, points_in_plot
from core.testing.laboratory import Laboratory
from core.testing.running import Installation, wait_for, wait_for_catalogue, wait_until_idle
from tests.browser.conftest import served

DATA = Path(os.environ.get("CNC_TEST_DATA", "no real data"))
TRAIN, TEST = 400, 200
MEAN = STD = 0.5
SLOW_MS = 120_000

NETWORK = '''
"""A small network of my own."""

import torch
from torch import nn

from core.models.factories import model_factory


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, images):
        return torch.relu(self.norm(self.conv(images)))


class MyNet(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.stem = Block(3, width)
        self.body = Block(width, 2 * width)
        self.head = nn.Linear(2 * width, classes)

    def forward(self, images):
        features = nn.functional.max_pool2d(self.stem(images), 2)
        return self.head(self.body(features).mean((2, 3)))


@model_factory("my-net")
def my_net(classes: int = 10, width: int = 16):
    return MyNet(classes, width)
'''

READER = '''
"""A small network of my own that reads words."""

import zlib

import torch
from torch import nn

from core.models.factories import model_factory


def words(text):
    return [1 + zlib.crc32(word.encode()) % 512 for word in text.lower().split()]


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(513, 16, padding_idx=0)
        self.head = nn.Linear(16, 2)

    def forward(self, input_ids, attention_mask):
        weights = attention_mask[:, :, None].to(self.embed.weight.dtype)
        return self.head((self.embed(input_ids) * weights).sum(1) / weights.sum(1).clamp(min=1))


@model_factory("my-reader", tokenizer=words, context=64)
def my_reader():
    return Reader()
'''


@dataclass(frozen=True)
class Place:
    """Where the product is served, and the folders with the person's own files."""

    address: str
    app: Application
    data: Path
    plugins: Path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The product without any project, with a worker that reads a folder of plug-ins."""
    data, plugins = tmp_path / "mine", tmp_path / "plugins"
    data.mkdir()
    plugins.mkdir()
    (plugins / "my_net.py").write_text(NETWORK)
    (plugins / "my_reader.py").write_text(READER)
    extra = {"CNC_PLUGINS_DIR": str(plugins), "CNC_SLOTS": "2"}
    installation = Installation(tmp_path / "data", extra=extra)
    installation.prepare()
    app = installation.open()
    with installation.worker(), served(Laboratory(app)) as address:
        wait_for_catalogue(app)
        yield Place(address, app, data, plugins)
    app.close()


def pictures(folder: Path) -> None:
    """Write `train.parquet` and `test.parquet` in the form of CIFAR-10."""
    for split, count in (("train", TRAIN), ("test", TEST)):
        real = DATA / "cifar10" / f"{split}.parquet"
        table = pq.read_table(real).slice(0, count) if real.exists() else _drawn(count, seed=count)
        pq.write_table(table, folder / f"{split}.parquet")


def _drawn(count: int, seed: int) -> pa.Table:
    """Pictures of 32 x 32 whose colour hangs on the class, with noise."""
    random = np.random.default_rng(seed)
    colours = np.random.default_rng(0).uniform(60, 200, (10, 3))
    rows = []
    for number in range(count):
        noisy = colours[number % 10] + random.normal(0, 30, (32, 32, 3))
        file = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG")
        rows.append({"bytes": file.getvalue(), "path": f"{number}.jpg"})
    image = pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    return pa.table({"image": image, "label": pa.array([number % 10 for number in range(count)], pa.int64())})


def sentences(folder: Path) -> None:
    """Write `train.tsv` and `test.tsv` in the form of SST-2: no header, a sentence and 0 or 1."""
    for split, count in (("train", TRAIN), ("test", TEST)):
        real = DATA / "sst2" / f"{split}.tsv"
        lines = real.read_text().splitlines()[:count] if real.exists() else _written(count)
        (folder / f"{split}.tsv").write_text("\n".join(lines) + "\n")


def _written(count: int) -> list[str]:
    praise, blame = ("a warm and clever film", "simply wonderful"), ("a dull mess", "it never gets going")
    return [
        f"{(praise if number % 3 else blame)[number % 2]} {number}\t{int(number % 3 > 0)}"
        for number in range(count)
    ]


def own_module(code: str, factory: str) -> nn.Module:
    """Build a network from the person's code."""
    module: nn.Module = names_of(code)[factory]()
    return module


def names_of(code: str) -> dict[str, Any]:
    """Run the person's code apart from the product, which would know the factory from then on."""
    alone = code.replace(
        "from core.models.factories import model_factory",
        "model_factory = lambda *_, **__: lambda made: made",
    )
    scope: dict[str, Any] = {}
    exec(alone, scope)
    return scope


def as_tensors(file: Path) -> tuple[Tensor, Tensor]:
    """Decode a file of pictures with nothing of the product: numbers from -1 to 1."""
    table = pq.read_table(file).to_pylist()
    decoded = [np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB")) for row in table]
    images = torch.from_numpy(np.stack(decoded)).permute(0, 3, 1, 2).float() / 255
    return (images - MEAN) / STD, torch.tensor([row["label"] for row in table])


def trained(folder: Path, weights: Path) -> float:
    """Train the network for a moment, save it as people do, and return its accuracy on the test split."""
    torch.manual_seed(0)
    module = own_module(NETWORK, "my_net")
    images, labels = as_tensors(folder / "train.parquet")
    optimizer = torch.optim.AdamW(module.parameters(), 0.01)
    for _ in range(6):
        for batch in torch.randperm(len(labels)).split(50):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(images[batch]), labels[batch]).backward()
            optimizer.step()
    torch.save(module.state_dict(), weights)
    images, labels = as_tensors(folder / "test.parquet")
    with torch.no_grad():
        return float((module.eval()(images).argmax(1) == labels).float().mean())


def choose(page: Page, field: Locator, option: str) -> None:
    field.click()
    page.get_by_role("option", name=option).click()


def create_project(page: Page, place: Place) -> None:
    page.goto(f"{place.address}/models")
    page.locator("#models-new-name").fill("My pictures")
    choose(page, page.locator("#models-new-task"), "Image classification")
    choose(page, page.locator("#models-new-source"), "Images in Parquet files")
    form = page.locator("#models-new-fields")
    form.get_by_label("Path").fill(str(place.data))
    form.get_by_label("Image size").fill("32")
    form.get_by_label("Mean").fill(f"{MEAN}, {MEAN}, {MEAN}")
    form.get_by_label("Standard deviation").fill(f"{STD}, {STD}, {STD}")
    page.get_by_role("button", name="Create the project").click()
    expect(page).to_have_url(re.compile(r"/p/my-pictures/models\?tab=add"))


def bring(page: Page, name: str, factory: str, weights: Path) -> None:
    """Add a base model of the person's own code; naming its weights means taking them."""
    page.locator("#models-base-name").fill(name)
    choose(page, page.locator("#models-base-source"), "Own model with a weights file")
    choose(page, page.get_by_role("textbox", name="Factory"), factory)
    page.get_by_role("textbox", name="Weights file").fill(str(weights))
    expect(page.get_by_role("radio", name="Import its weights")).to_be_checked()
    expect(page.get_by_label("Epochs")).to_be_hidden()
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text(f"Queued {name}")).to_be_visible()
    page.get_by_role("tab", name="Models").click()
    expect(page.locator(".ag-center-cols-container .model-state.made")).to_have_count(1, timeout=SLOW_MS)


def compress(page: Page, base: str, *recipe: str) -> None:
    """Queue an experiment of one recipe, fine-tuning for one epoch."""
    page.get_by_role("button", name="+ New experiment").click()
    drawer = page.get_by_role("dialog", name="New experiment")
    expect(drawer.locator(".mantine-MultiSelect-pill", has_text=base)).to_be_visible()
    for step, technique in enumerate(recipe, start=1):
        if step > 1:
            drawer.get_by_role("button", name="+ Add a step").click()
        field = page.get_by_role("textbox", name=f"Technique of step {step}").last
        field.fill(technique)
        page.get_by_role("option", name=technique).first.click()
        expect(field).to_have_value(technique)
    drawer.get_by_label("Epochs").fill("1")
    count = len(recipe)
    expect(drawer.locator(".plan-verdict")).to_have_text(f"Makes {count} new models in {3 * count} runs.")
    drawer.get_by_role("button", name=f"Queue {count} models").click()
    expect(drawer).to_be_hidden()
    page.get_by_role("link", name="Show its models in the overview").click()


def figures(place: Place, slug: str) -> dict[str, Mapping[str, float]]:
    """The figures of the project's models by the technique that made them; of the base under its name."""
    project = projects.get_project(place.app, slug)
    made = models.list_models(place.app, project.id)
    return {model.step.technique if model.step else model.name: model.metrics for model in made}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)], ids=["1280x800", "1440x900"])
def test_own_pictures_and_an_own_network_are_compressed(
    page: Page, place: Place, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    pictures(place.data)
    accuracy = trained(place.data, place.data / "mine.pt")
    create_project(page, place)
    bring(page, "my network", "my-net", place.data / "mine.pt")
    assert figures(place, "my-pictures")["my network"]["top1"] == pytest.approx(accuracy, abs=1e-6)
    compress(page, "my network", "Channel pruning", "Fine-tune", "Weight-only quantization")
    wait_until_idle(place.app, within_s=240)
    expect(page.locator("#overview-count")).to_have_text(
        re.compile(r"^4 models(?!, \d+ not)"), timeout=SLOW_MS
    )
    page.wait_for_function("() => cnc.map.state.cy.nodes().length === 4")
    assert len(nodes_in_map(page)) == 4
    wait_for("four points in the plot", lambda: len(points_in_plot(page)) == 4)
    made = figures(place, "my-pictures")
    assert set(made) == {"my network", "channel-pruning", "fine-tune", "weight-only-quantization"}
    assert made["channel-pruning"]["parameters"] < made["my network"]["parameters"]
    assert made["fine-tune"]["parameters"] == made["channel-pruning"]["parameters"]
    assert made["weight-only-quantization"]["file_bytes"] < 0.6 * made["fine-tune"]["file_bytes"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_own_sentences_and_an_own_reader_are_compressed(page: Page, place: Place) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sentences(place.data)
    reader, weights = own_module(READER, "my_reader"), place.data / "reader.pt"
    torch.save(reader.state_dict(), weights)
    page.goto(f"{place.address}/models")
    page.locator("#models-new-name").fill("My sentences")
    choose(page, page.locator("#models-new-task"), "Text classification")
    choose(page, page.locator("#models-new-source"), "Texts from a table")
    form = page.locator("#models-new-fields")
    form.get_by_label("Path").fill(str(place.data))
    form.get_by_label("Training file").fill("train.tsv")
    form.get_by_label("Test file").fill("test.tsv")
    choose(page, form.get_by_role("textbox", name="Header"), "no")
    form.get_by_label("Text column").fill("column1")
    form.get_by_label("Label column").fill("column2")
    page.get_by_role("button", name="Create the project").click()
    expect(page).to_have_url(re.compile(r"/p/my-sentences/models\?tab=add"))
    bring(page, "my reader", "my-reader", weights)
    accuracy = figures(place, "my-sentences")["my reader"]["accuracy"]
    assert accuracy == pytest.approx(plain_accuracy(reader, place.data / "test.tsv"), abs=1e-6)
    compress(page, "my reader", "Magnitude pruning", "Fine-tune", "Weight-only quantization")
    wait_until_idle(place.app, within_s=240)
    expect(page.locator("#overview-count")).to_have_text(
        re.compile(r"^4 models(?!, \d+ not)"), timeout=SLOW_MS
    )
    made = figures(place, "my-sentences")
    assert made["magnitude-pruning"]["sparsity"] == pytest.approx(0.5, abs=0.02)
    assert made["weight-only-quantization"]["file_bytes"] < made["fine-tune"]["file_bytes"]


def plain_accuracy(reader: nn.Module, file: Path) -> float:
    """Read the sentences one by one with nothing of the product but the person's own code."""
    words = names_of(READER)["words"]
    right = []
    for line in file.read_text().splitlines():
        text, _, label = line.rpartition("\t")
        tokens = torch.tensor([words(text)[:64]])
        with torch.no_grad():
            logits = reader.eval()(tokens, torch.ones_like(tokens))
        right.append(int(logits.argmax()) == int(label))
    return sum(right) / len(right)
