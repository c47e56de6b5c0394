"""Models of people's own that are wrong: each mistake is told in words, none as a fault of the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunError
from core.domain.recipe import SweepStep
from core.errors import InvalidInput
from core.execution.base import RunContext, jobs
from core.execution.base import log as desk_log
from core.execution.catalogue import catalogue
from core.execution.process import described
from core.execution.progress import DatabaseProgress
from core.execution.registries import load_registries
from core.models import factories
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.measurements.measurements import queue_layers, queue_profile
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.models.models import get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.fakes import open_migrated

PLUGIN = """
from torch import nn
from core.models.factories import model_factory

class Labelled(nn.Module):
    def __init__(self, key):
        super().__init__()
        self.key, self.fc = key, nn.Linear(64, 10)

    def forward(self, images):
        return {self.key: self.fc(images.flatten(1))}

class Broken(nn.Sequential):
    def forward(self, images):
        return super().forward(images).no_such_thing

@model_factory("own")
def own(hidden: int = 4, colours: int = 1):
    return nn.Sequential(
        nn.Conv2d(colours, hidden, 3), nn.Flatten(), nn.Linear(36 * hidden, 10)
    )

@model_factory("exits")
def exits():
    raise SystemExit(3)

@model_factory("nothing")
def nothing(): ...

@model_factory("weightless")
def weightless():
    return nn.Flatten()

@model_factory("labelled")
def labelled(key: str = "logits"):
    return Labelled(key)

@model_factory("broken")
def broken():
    return Broken(nn.Flatten(), nn.Linear(64, 10))
"""
WORKER = WorkerId("in-process")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    before = dict(factories._factories)
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "mine.py").write_text(PLUGIN)
    assert load_registries(folder) == []
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    now = datetime.now(UTC)
    workers.announce(opened, Worker(WORKER, "here", 1, ("cpu",), 1, now, now), catalogue())
    yield opened
    opened.close()
    factories._factories.clear()
    factories._factories.update(before)


def added(app: Application, factory: str, options: str = "{}", **parameters: Any) -> Model:
    """Add a model of one's own to a project over the digits, and return it as it is queued."""
    project = create_project(
        app, ProjectRequest("Mine", "image-classification", (DatasetRequest("digits", "digits"),))
    )
    chosen = {"factory": factory, "options": options, **parameters}
    return add_base_model(app, BaseModelRequest(project.id, "mine", "weights-file", chosen))


def work(app: Application) -> list[RunError | None]:
    """Carry out every queued run as a run process does, and return how each ended."""
    ends: list[RunError | None] = []
    while (run := run_lifecycle.claim_next(app, WORKER, queues=("cpu",))) is not None:
        run_context = RunContext(app, run, torch.device("cpu"), DatabaseProgress(app, run))
        try:
            run_lifecycle.succeed(app, run.id, run.attempt, jobs.get(run.kind).perform(run_context))
            ends.append(None)
        except Exception as error:  # noqa: BLE001  (as run processes do)
            ends.append(described(error))
            run_lifecycle.fail(app, run.id, run.attempt, described(error))
    return ends


def failures(app: Application) -> list[RunError]:
    return [end for end in work(app) if end is not None]


@pytest.mark.parametrize(
    ("factory", "options", "said"),
    [
        ("own", '{"hidden": -3}', "The model factory 'own' failed: "),
        ("exits", "{}", "The model factory 'exits' failed: SystemExit: 3"),
        ("nothing", "{}", "The model factory 'nothing' returned NoneType, not a torch.nn.Module."),
        ("weightless", "{}", "The model Flatten has no parameters, so there is nothing to compress."),
        ("labelled", '{"key": "scores"}', "The model Labelled returns dict, not a tensor of logits."),
        ("own", '{"colours": 3}', "The model cannot take these data (inputs "),
        ("broken", "{}", "The plug-in mine.py, line 15, failed: AttributeError: "),
    ],
    ids=["option", "exits", "nothing", "no weights", "wrong output", "wrong input", "broken"],
)
def test_a_mistake_is_the_persons_and_told_with_its_remedy(
    app: Application, factory: str, options: str, said: str
) -> None:
    model = added(app, factory, options)
    found = failures(app)
    if get_model(app, model.id).model.ready:
        queue_profile(app, [model.id])
        queue_layers(app, [model.id], again=True)
        step = (SweepStep("gradient-pruning", {}),)
        submit(app, ExperimentRequest(model.project_id, (model.id,), (step,)))
        found += failures(app)
        assert len(found) >= 4
    assert found
    for error in found:
        assert error.message.startswith(said)
        assert error.code != "unexpected"
        assert error.hint


def test_logits_in_a_dict_are_found(app: Application) -> None:
    model = added(app, "labelled")
    assert failures(app) == []
    assert get_model(app, model.id).model.metrics["top1"] >= 0


def test_weights_that_are_no_numbers_are_kept_and_pointed_out(
    app: Application, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weight = torch.zeros(10, 64)
    weight[2, :3], weight[4, 1] = torch.nan, torch.inf
    save_file({"fc.weight": weight, "fc.bias": torch.zeros(10)}, tmp_path / "odd.safetensors")
    with caplog.at_level("WARNING", desk_log.name):
        model = added(app, "labelled", weights_file=str(tmp_path / "odd.safetensors"))
        work(app)
    said = "4 weights or running statistics are NaN or infinite, the first of them in fc.weight"
    assert said in caplog.text
    details = get_model(app, model.id)
    assert details.manifest["nonfinite"] == 4
    assert details.manifest["notes"][0].startswith(said)
    step = (SweepStep("magnitude-pruning", {}),)
    with pytest.raises(InvalidInput, match="are NaN or infinite, so no step can be applied"):
        submit(app, ExperimentRequest(model.project_id, (model.id,), (step,)))


def test_a_model_with_weights_of_numbers_has_nothing_to_note(app: Application, tmp_path: Path) -> None:
    save_file({"fc.weight": torch.ones(10, 64), "fc.bias": torch.zeros(10)}, tmp_path / "fc.safetensors")
    model = added(app, "labelled", weights_file=str(tmp_path / "fc.safetensors"))
    assert failures(app) == []
    assert get_model(app, model.id).remarks == ()
    assert get_model(app, model.id).manifest["nonfinite"] == 0


def test_a_model_imported_without_weights_says_so(app: Application, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", desk_log.name):
        model = added(app, "own")
        assert failures(app) == []
    (said,) = get_model(app, model.id).remarks
    assert said.startswith("No weights file was given, so all weights are as the factory draws them")
    assert said in caplog.text


@pytest.mark.parametrize(
    ("training", "said"),
    [(None, ["All weights are drawn at random"]), (Training(epochs=1), [])],
    ids=["imported", "trained here"],
)
def test_a_network_that_nobody_trained_says_so(
    app: Application, training: Training | None, said: list[str]
) -> None:
    data = (DatasetRequest("digits", "digits"),)
    project = create_project(app, ProjectRequest("Ours", "image-classification", data))
    wanted = BaseModelRequest(project.id, "base", "residual-cnn", {"width": 4}, training=training)
    model = add_base_model(app, wanted)
    assert failures(app) == []
    assert [remark.partition(":")[0] for remark in get_model(app, model.id).remarks] == said
