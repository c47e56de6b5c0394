"""What is predicted of models before they are made, from tables without weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.ids import ModelId
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import LayerRules
from core.services.application import Application
from core.services.experiments import experiments
from core.services.predictions.predictions import Predictions, predict
from core.services.predictions.words import between, one_by_one, summary
from core.services.workers.built_in import built_in
from core.services.workers.workers import announce, list_workers
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from core.testing.projects.planted_base import HEADER_BYTES, PlantedLayer, plant_base

LAYERS = [PlantedLayer("first", 64, 128), PlantedLayer("second", 32, 64)]
FIRST, SECOND = 64 * 128, 32 * 64


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    app = open_migrated(f"sqlite:///{tmp_path / 'product.db'}", tmp_path)
    connected = Laboratory(app)
    connected.open()
    (worker,) = list_workers(app)
    offered = built_in()
    mute = replace(offered.technique("magnitude-pruning"), name="mute", label="Mute pruning", effect=None)
    announce(app, worker, replace(offered, techniques=(*offered.techniques, mute)))
    plant_base(connected, _base(connected), LAYERS)
    yield connected
    app.close()


def _base(laboratory: Laboratory) -> ModelId:
    base = laboratory.base(laboratory.project())
    laboratory.play()
    return base.id


def predicted(app: Application, *recipe: SweepStep, queue: str = "cpu") -> Predictions:
    with app.unit_of_work() as uow:
        (project,) = uow.projects.list()
        (base,) = uow.models.list(project.id)
    recipes: tuple[Recipe, ...] = (recipe,)
    request = ExperimentRequest(project.id, (base.id,), recipes, queue=queue)
    return predict(app, request, experiments.plan(app, request))


def test_sizes_are_counted_as_files_are_stored(laboratory: Laboratory) -> None:
    step = SweepStep("weight-only-quantization", {"bits": (4,)}, LayerRules(include=("^first$",)))
    (model,) = predicted(laboratory.app, step).models
    assert model.state is not None
    payload = FIRST * 4 / 8 + 64 * 4 + SECOND * 4  # codes, a float32 scale for each output, and the rest
    assert model.state.bits / 8 == payload
    assert payload + HEADER_BYTES < model.state.file_bytes < payload + HEADER_BYTES + 500
    assert model.state.bits_per_weight[0] == payload * 8 / (FIRST + SECOND)
    halved = SweepStep("magnitude-pruning", {"sparsity": (0.5,)})
    (model,) = predicted(laboratory.app, halved).models
    assert model.state is not None
    assert model.state.bits == (FIRST + SECOND) * (1 + 0.5 * 32)  # a mask, and half of the numbers


def test_a_sweep_is_told_as_a_range_with_what_it_rests_on(laboratory: Laboratory) -> None:
    found = predicted(laboratory.app, SweepStep("palettization", {"bits": (4, 2)}))
    told = {one.name: one for one in summary(found)}
    # 4 and 2 bits an index of 10,240 weights, two palettes, the header and the descriptions of two forms
    assert told["File size"].value.startswith("about 4 to 7 kB")
    assert told["Bits per weight"].value == "about 2.02 to 4.10"
    assert told["Time"].value.endswith("on 2 slots")
    assert told["Runs on"].value == "1 worker for cpu, 2 of 2 slots free"
    assert (told["Loss"].value, told["Loss"].basis) == (
        "unknown",
        "no sensitivity to these steps was measured",
    )
    assert [line[0] for line in one_by_one(found)] == [
        "palettization 4 bit per tensor",
        "palettization 2 bit per tensor",
    ]


def test_what_nobody_knows_is_unknown_and_says_why(laboratory: Laboratory) -> None:
    found = predicted(laboratory.app, SweepStep("mute"), queue="gpu")
    told = {one.name: one for one in summary(found)}
    assert (told["File size"].value, told["File size"].basis) == (
        "unknown",
        "Mute pruning does not say what it changes",
    )
    assert told["Runs on"].value.startswith("no worker can: needs a GPU")


def test_ranges_have_their_unit_once() -> None:
    written = {1.0: "41 kB", 2.0: "120 kB", 3.0: "1.2 MB"}
    assert between(1.0, 2.0, written.__getitem__) == "41 to 120 kB"
    assert between(1.0, 3.0, written.__getitem__) == "41 kB to 1.2 MB"
    assert between(1.0, 1.0, written.__getitem__) == "41 kB"
