"""Runs of every kind on the queue of a pretended GPU, and what they leave: figures and files of the CPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.compression.checkpoint import load
from core.domain.catalogue import Worker
from core.domain.evaluation import LayerKind
from core.domain.experiment import ExperimentRequest
from core.domain.ids import ModelId, WorkerId
from core.domain.model import Model
from core.domain.recipe import Step, SweepStep
from core.domain.run import RunKind, RunStatus
from core.evaluation import profile as profile_module
from core.execution import process
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries
from core.services import run_life, workers
from core.services.application import Application
from core.services.base_models import BaseModelRequest, Training, add_base_model
from core.services.evaluations import outcomes
from core.services.examples import EXAMPLES
from core.services.experiments import submit
from core.services.layers import layer_statistics, sensitivities, sensitivity_arrays
from core.services.measuring import (
    Measurement,
    queue_evaluation,
    queue_layers,
    queue_profile,
    queue_sensitivity,
)
from core.services.models import ModelDetails, get_model
from core.services.projects import DatasetRequest, ProjectRequest, create_project
from core.testing.fakes import open_migrated
from core.testing.pretend_cuda import NAME, PretendDriver, pretend_cuda

WORKER = WorkerId("gpu-worker")
QUEUE = "gpu"
IMAGES = DatasetRequest("digits", "digits", {"rare_classes": [0, 1, 2, 3, 4, 5, 6], "kept_fraction": 0.1})
TRIPS = DatasetRequest("trips", "trips", {"train_size": 64, "test_size": 14})
WRITER = {"family": "gpt2", "width": 16, "layers": 1, "context": 32}


def work(app: Application) -> list[tuple[RunKind, RunStatus]]:
    """Carry out every queued run as a run process of a GPU worker does."""
    done = []
    while (run := run_life.claim_next(app, WORKER, queues=(QUEUE,))) is not None:
        try:
            process._perform(app, run)
            done.append((run.kind, RunStatus.SUCCEEDED))
        except Exception as error:  # noqa: BLE001  (as a run process stores it)
            run_life.fail(app, run.id, run.attempt, process.described(error))
            done.append((run.kind, RunStatus.FAILED))
    return done


def opened(folder: Path) -> Application:
    app = open_migrated(f"sqlite:///{folder / 'test.db'}", folder)
    load_registries()
    now = datetime.now(UTC)
    announced = Worker(WORKER, "here", 1, (QUEUE,), 1, now, now, process.devices())
    workers.announce(app, announced, catalogue())
    return app


def trained(app: Application, task: str, data: DatasetRequest, source: str, given: dict[str, Any]) -> Model:
    project = create_project(app, ProjectRequest(task, task, (data,), slug=task))
    training = Training(epochs=1, batch_size=32)
    return add_base_model(
        app, BaseModelRequest(project.id, "base", source, given, training=training, queue=QUEUE)
    )


class Study:
    """Runs of a GPU worker, looked at after their GPU is gone."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.ended: list[tuple[RunKind, RunStatus]] = []
        self.base = trained(app, "image-classification", IMAGES, "residual-cnn", {"width": 4})
        self.writer = trained(
            app,
            "generation",
            TRIPS,
            "tiny-transformer",
            WRITER | {"vocabulary": EXAMPLES["trips"].parameters["vocabulary"]},
        )
        recipe = (
            SweepStep("weight-only-quantization", {"bits": (4,)}),
            SweepStep("fine-tune", {"epochs": (1,)}),
        )
        request = ExperimentRequest(self.base.project_id, (self.base.id,), (recipe,), queue=QUEUE)
        self.quantized, self.tuned = submit(app, request).model_ids
        self.ended += work(app)
        queue_evaluation(app, [self.base.id], Measurement(precision="float16", queue=QUEUE))
        queue_layers(app, [self.quantized], Measurement(instances=8, queue=QUEUE), again=True)
        step = Step("magnitude-pruning", {"sparsity": 0.9})
        queue_sensitivity(app, self.base.id, step, Measurement(instances=16, queue=QUEUE))
        self.ended += work(app)

    def details(self, model_id: ModelId) -> ModelDetails:
        return get_model(self.app, model_id)

    def layers(self, model_id: ModelId, kind: LayerKind) -> Mapping[str, Any]:
        return layer_statistics(self.app, model_id, kind)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, no_real_gpu: None) -> Iterator[Study]:
    folder = tmp_path_factory.mktemp("gpu-runs")
    with pytest.MonkeyPatch.context() as patch, pretend_cuda():
        patch.setattr(profile_module, "TIMING_BUDGET_S", 0.01)
        app = opened(folder)
        made = Study(app)
    yield made
    app.close()


def test_every_kind_of_run_succeeds(study: Study) -> None:
    kinds = {kind for kind, _ in study.ended}
    assert kinds == set(RunKind) - {RunKind.IMPORT}
    assert {status for _, status in study.ended} == {RunStatus.SUCCEEDED}


def test_models_are_stored_for_any_machine(study: Study) -> None:
    for model_id in (study.base.id, study.quantized, study.tuned, study.writer.id):
        artifact = study.details(model_id).model.artifact
        assert artifact is not None
        model = load(study.app.artifacts.fetch(artifact))
        assert all(type(value) is Tensor for value in model.module.state_dict().values())
        assert all(bool(value.isfinite().all()) for value in model.module.parameters())


def test_people_are_told_which_gpu_and_how_it_computed(study: Study) -> None:
    for model_id in (study.base.id, study.tuned, study.writer.id):
        details = study.details(model_id)
        evaluated, profiled = details.evaluations[-1].environment, details.profiles[0].environment
        for environment in (evaluated, profiled, details.manifest["environment"]):
            assert environment["device"] == NAME
            assert environment["device_kind"] == "cuda"
        assert evaluated["arithmetic"] == "float32 throughout"
        assert evaluated["again_with_this_seed"].startswith("the same bits")
        assert profiled["arithmetic"] == "TF32 in convolutions"
        assert profiled["again_with_this_seed"] == "nearly the same"


def test_times_and_memory_are_the_gpus(study: Study) -> None:
    for model_id in (study.base.id, study.tuned, study.writer.id):
        metrics = study.details(model_id).model.metrics
        assert metrics["latency_ms_b1"] > 0
        assert metrics["throughput_per_s"] > 0
        assert metrics["peak_memory_bytes"] > metrics["parameters"] * 4
        cost = study.layers(model_id, LayerKind.COST)
        assert cost["device"].tolist() == ["cuda"]
        assert (cost["time_ms"] >= 0).all()
        assert cost["time_share"].sum() == pytest.approx(1)


def test_layers_are_described_in_arrays(study: Study) -> None:
    weights = study.layers(study.quantized, LayerKind.WEIGHTS)
    assert np.isfinite(weights["mean"]).all()
    assert (weights["sqnr_db"][weights["code_bits"] == 4] > 10).all()
    activations = study.layers(study.quantized, LayerKind.ACTIVATIONS)
    assert activations["instances"].tolist() == [8]
    assert np.isfinite(activations["sqnr_db"]).all()
    assert ((activations["cka"] > 0.5) & (activations["cka"] < 1.0001)).all()


def test_half_precision_changes_the_figures_a_little(study: Study) -> None:
    found = {one.environment["precision"]: one for one in study.details(study.base.id).evaluations}
    half, full = found["float16"].metrics["loss"], found["float32"].metrics["loss"]
    assert half == pytest.approx(full, rel=0.02)
    assert half != full


def test_outcomes_of_instances_are_kept(study: Study) -> None:
    (evaluation,) = study.details(study.writer.id).evaluations
    assert len(outcomes(study.app, evaluation.id)["prediction"]) == 14


def test_sensitivity_has_a_row_for_each_layer(study: Study) -> None:
    (found,) = sensitivities(study.app, study.base.id)
    arrays = sensitivity_arrays(study.app, found.id)
    assert np.isfinite(arrays["metric.top1"]).all()
    assert np.isfinite(arrays["sqnr_db"]).all()


@pytest.fixture
def small(tmp_path: Path, no_real_gpu: None) -> Iterator[tuple[Application, Model, PretendDriver]]:
    """A base model that was made on a GPU, and is to be measured there; the test says how small it is."""
    with pretend_cuda() as driver:
        app = opened(tmp_path)
        base = trained(app, "image-classification", IMAGES, "residual-cnn", {"width": 4})
        run = run_life.claim_next(app, WORKER, queues=(QUEUE,))
        assert run is not None
        process._perform(app, run)
        yield app, base, driver
    app.close()


def test_a_full_gpu_halves_the_batch_and_says_so(
    small: tuple[Application, Model, PretendDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_module, "TIMING_BUDGET_S", 0.01)
    app, base, driver = small
    driver.memory_bytes = 300_000
    queue_profile(app, [base.id], Measurement(queue=QUEUE))
    assert {status for _, status in work(app)} == {RunStatus.SUCCEEDED}
    assert driver.refusals > 0
    details = get_model(app, base.id)
    settings = details.evaluations[0].environment
    assert settings["batch_size"] < settings["batch_size_asked"] == 256
    assert 1 <= details.profiles[0].environment["large_batch"] < 64
    assert "latency_ms_b64" not in details.model.metrics
    driver.memory_bytes = 60_000
    queue_layers(app, [base.id], Measurement(queue=QUEUE), again=True)
    assert work(app) == [(RunKind.LAYERS, RunStatus.SUCCEEDED)]
    assert layer_statistics(app, base.id, LayerKind.ACTIVATIONS)["instances"][0] < 32
    assert sum(driver.used_bytes) == 0


def test_a_model_that_does_not_fit_at_all_is_refused_in_words(
    small: tuple[Application, Model, PretendDriver],
) -> None:
    app, _, driver = small
    driver.memory_bytes = 10_000
    run = run_life.claim_next(app, WORKER, queues=(QUEUE,))
    assert run is not None
    with pytest.raises(torch.OutOfMemoryError) as caught:
        process._perform(app, run)
    error = process.described(caught.value)
    assert error.code == "out-of-memory"
    assert "a device with more memory" in error.hint
