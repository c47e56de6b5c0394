"""What runs on the queue of a GPU promise, pretended or real; subclass it with a `study` fixture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load
from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.dataset import Dataset, move
from core.data.subset import part
from core.data.text.texts import TextDataset, unlabelled
from core.domain.catalogue import Worker
from core.domain.ids import ModelId, WorkerId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.recipe import Step, SweepStep
from core.domain.technique import LayerRules
from core.evaluation.base import tasks
from core.evaluation.precision import computing_in
from core.execution import process
from core.execution.catalogue import catalogue
from core.execution.device.environment import devices
from core.execution.registries import load_registries
from core.inspection.activations import activation_statistics
from core.inspection.weights import weight_statistics
from core.models.base import reader_of
from core.ports import Silent
from core.services.application import Application
from core.services.demos.example_projects import EXAMPLES
from core.services.experiments.experiments import submit
from core.services.layers.layer_drifts import InstanceChoice, queue_layer_drift
from core.services.layers.layer_pairs import PAIR, queue_layer_comparison
from core.services.layers.layer_statistics import layer_statistics, sensitivities, sensitivity_arrays
from core.services.measurements.measurements import (
    Measurement,
    queue_evaluation,
    queue_layers,
    queue_sensitivity,
)
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.models.models import ModelDetails, get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.fakes import open_migrated
from core.testing.stored_arrays import outcomes

WORDS = "anna bob oslo rome went to who where ?"
SENTENCES = ("anna went to oslo who ?", "bob went to rome where ?", "bob went to oslo who ?", "anna who ?")
WORKER = WorkerId("gpu-worker")
QUEUE = "gpu"
IMAGES = DatasetRequest("digits", "digits", {"rare_classes": [0, 1, 2, 3, 4, 5, 6], "kept_fraction": 0.1})
TRIPS = DatasetRequest("trips", "trips", {"train_size": 64, "test_size": 14})
WRITER = {"family": "gpt2", "width": 16, "layers": 1, "context": 32}


def work(app: Application) -> list[tuple[RunKind, RunStatus]]:
    """Carry out every queued run as a run process of a GPU worker does."""
    done = []
    while (run := run_lifecycle.claim_next(app, WORKER, queues=(QUEUE,))) is not None:
        try:
            process._perform(app, run)
            done.append((run.kind, RunStatus.SUCCEEDED))
        except Exception as error:  # noqa: BLE001  (as a run process stores it)
            run_lifecycle.fail(app, run.id, run.attempt, process.described(error))
            done.append((run.kind, RunStatus.FAILED))
    return done


def claimed(app: Application) -> Run:
    """Return the next queued run, claimed."""
    run = run_lifecycle.claim_next(app, WORKER, queues=(QUEUE,))
    assert run is not None
    return run


def opened(folder: Path) -> Application:
    """Return an application to which a worker has announced its GPUs; the caller closes it."""
    app = open_migrated(f"sqlite:///{folder / 'test.db'}", folder)
    load_registries()
    now = datetime.now(UTC)
    announced = Worker(WORKER, "here", 1, (QUEUE,), 1, now, now, devices())
    workers.announce(app, announced, catalogue())
    return app


def trained_images(app: Application) -> Model:
    """Queue the training of a small convolutional network."""
    return trained(app, "image-classification", IMAGES, "residual-cnn", {"width": 4})


def trained(app: Application, task: str, data: DatasetRequest, source: str, given: dict[str, Any]) -> Model:
    """Queue the training of a base model in a project of its own, and return it."""
    project = create_project(app, ProjectRequest(task, task, (data,), slug=task))
    training = Training(epochs=1, batch_size=32)
    return add_base_model(
        app, BaseModelRequest(project.id, "base", source, given, training=training, queue=QUEUE)
    )


class Study:
    """Two base models, two models made of one, and every kind of measurement, all done on the GPU.

    device_name: of that GPU. ended: kinds of runs and how they ended.
    """

    def __init__(self, app: Application) -> None:
        self.app = app
        self.device_name = torch.cuda.get_device_name(0)
        self.ended: list[tuple[RunKind, RunStatus]] = []
        self.base = trained_images(app)
        words = {"vocabulary": EXAMPLES["trips"].parameters["vocabulary"]}
        self.writer = trained(app, "generation", TRIPS, "tiny-transformer", WRITER | words)
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
        how = Measurement(instances=8, queue=QUEUE)
        queue_layer_comparison(app, self.tuned, self.quantized, how, kinds=[*PAIR, LayerKind.CHANNELS])
        self.ended += work(app)
        queue_layer_drift(app, self.quantized, self.base.id, self._some_instances(), how)
        self.ended += work(app)

    def _some_instances(self) -> InstanceChoice:
        evaluation = self.details(self.base.id).evaluations[-1]
        ids = load_data(IMAGES.source, IMAGES.parameters, evaluation.split).ids
        return InstanceChoice(evaluation.dataset_id, evaluation.split, tuple(ids[:4]))

    def details(self, model_id: ModelId) -> ModelDetails:
        """Return what is known of a model."""
        return get_model(self.app, model_id)

    def layers(self, model_id: ModelId, kind: LayerKind) -> Mapping[str, Any]:
        """Return the arrays about a model's layers."""
        return layer_statistics(self.app, model_id, kind)


class GpuRunsContract:
    """Runs of every kind compute on the GPU; figures and files that they leave are of the CPU."""

    def test_every_kind_of_run_succeeds(self, study: Study) -> None:
        kinds = {kind for kind, _ in study.ended}
        without_network = {RunKind.IMPORT, RunKind.INSTANCES}
        assert kinds == set(RunKind) - without_network
        assert {status for _, status in study.ended} == {RunStatus.SUCCEEDED}

    def test_models_are_stored_for_any_machine(self, study: Study) -> None:
        for model_id in (study.base.id, study.quantized, study.tuned, study.writer.id):
            artifact = study.details(model_id).model.artifact
            assert artifact is not None
            model = load(study.app.artifacts.fetch(artifact))
            assert all(type(value) is Tensor for value in model.module.state_dict().values())
            assert all(bool(value.isfinite().all()) for value in model.module.parameters())

    def test_people_are_told_which_gpu_and_how_it_computed(self, study: Study) -> None:
        for model_id in (study.base.id, study.tuned, study.writer.id):
            details = study.details(model_id)
            evaluated, profiled = details.evaluations[-1].environment, details.profiles[0].environment
            for environment in (evaluated, profiled, details.manifest["environment"]):
                assert environment["device"] == study.device_name
                assert environment["device_kind"] == "cuda"
            assert evaluated["arithmetic"] == "float32 throughout"
            assert evaluated["again_with_this_seed"].startswith(("the same bits", "nearly the same, as"))
            assert profiled["arithmetic"] == "TF32 in convolutions"
            assert profiled["again_with_this_seed"] == "nearly the same"

    def test_times_and_memory_are_the_gpus(self, study: Study) -> None:
        for model_id in (study.base.id, study.tuned, study.writer.id):
            metrics = study.details(model_id).model.metrics
            assert metrics["latency_ms_b1"] > 0
            assert metrics["throughput_per_s"] > 0
            assert metrics["peak_memory_bytes"] > metrics["parameters"] * 4
            cost = study.layers(model_id, LayerKind.COST)
            assert cost["device"].tolist() == ["cuda"]
            assert (cost["time_ms"] >= 0).all()
            assert cost["time_share"].sum() == pytest.approx(1)

    def test_layers_are_described_in_arrays(self, study: Study) -> None:
        weights = study.layers(study.quantized, LayerKind.WEIGHTS)
        assert np.isfinite(weights["mean"]).all()
        assert (weights["sqnr_db"][weights["code_bits"] == 4] > 10).all()
        activations = study.layers(study.quantized, LayerKind.ACTIVATIONS)
        assert activations["instances"].tolist() == [8]
        assert np.isfinite(activations["sqnr_db"]).all()
        assert ((activations["cka"] > 0.5) & (activations["cka"] < 1.0001)).all()

    def test_half_precision_changes_the_figures_a_little(self, study: Study) -> None:
        found = {one.environment["precision"]: one for one in study.details(study.base.id).evaluations}
        half, full = found["float16"].metrics["loss"], found["float32"].metrics["loss"]
        assert half == pytest.approx(full, rel=0.02)
        assert half != full

    def test_outcomes_of_instances_are_kept(self, study: Study) -> None:
        (evaluation,) = study.details(study.writer.id).evaluations
        assert len(outcomes(study.app, evaluation.id)["prediction"]) == 14

    def test_sensitivity_has_a_row_for_each_layer(self, study: Study) -> None:
        (found,) = sensitivities(study.app, study.base.id)
        arrays = sensitivity_arrays(study.app, found.id)
        assert np.isfinite(arrays["metric.top1"]).all()
        assert np.isfinite(arrays["sqnr_db"]).all()

    @pytest.mark.parametrize("task", ["image-classification", "text-classification", "generation"])
    @pytest.mark.parametrize("precision", ["float32", "bfloat16"])
    def test_a_task_finds_the_same_on_both(self, task: str, precision: str, gpu: torch.device) -> None:
        model, data = small_evaluation(task)
        found = []
        for device in (torch.device("cpu"), gpu):
            module = model.copy().module
            with computing_in(precision, module, device):
                found.append(
                    tasks.get(task).evaluate(module, data, batch_size=4, device=device, progress=Silent())
                )
        here, there = found
        rel = 1e-4 if precision == "float32" else 0.05
        assert there.metrics["loss"] == pytest.approx(here.metrics["loss"], rel=rel)
        assert there.outcomes.keys() == here.outcomes.keys()
        if precision == "float32" and "log_probabilities" in here.outcomes:
            np.testing.assert_allclose(
                there.outcomes["log_probabilities"], here.outcomes["log_probabilities"], rtol=2e-3, atol=2e-3
            )

    def test_layers_are_described_the_same(self, gpu: torch.device) -> None:
        model, data = small_evaluation("image-classification")
        small = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), model, Context())
        here, there = (
            activation_statistics(
                small.copy().module.to(device),
                move(data.examples(32), device),
                baseline=model.copy().module.to(device),
            )
            for device in (torch.device("cpu"), gpu)
        )
        assert here["module"].tolist() == there["module"].tolist()
        for name in ("mean", "std", "cka", "cosine"):
            np.testing.assert_allclose(there[name], here[name], rtol=0.02, atol=0.01, err_msg=name)
        np.testing.assert_array_equal(there["histogram"].sum(axis=1), there["count"])
        np.testing.assert_allclose(there["sqnr_db"], here["sqnr_db"], atol=0.5)

    def test_weights_are_described_the_same_beside_a_baseline_on_the_cpu(self, gpu: torch.device) -> None:
        model, _ = small_evaluation("image-classification")
        small = apply_step("magnitude-pruning", {"sparsity": 0.5}, LayerRules(), model, Context())
        before = {name: value.detach() for name, value in model.module.named_parameters()}
        here = weight_statistics(small.module, baseline=before)
        there = weight_statistics(small.module.to(gpu), baseline=before)
        for name, array in here.items():
            if array.dtype.kind == "f":
                np.testing.assert_allclose(there[name], array, rtol=1e-5, atol=1e-7, err_msg=name)
            elif "histogram" not in name:  # values on the edge of a bin may fall to either side
                np.testing.assert_array_equal(there[name], array, err_msg=name)


def small_evaluation(task: str) -> tuple[CompressibleModel, Dataset]:
    """Return a small untrained model of a task and a few instances for it."""
    load_registries()
    if task == "image-classification":
        return CompressibleModel.create("residual-cnn", {"width": 4}), part(
            load_data("digits", {}, "test"), 32
        )
    classifies = task == "text-classification"
    given = {"family": "bert" if classifies else "t5", "vocabulary": WORDS, "width": 32, "context": 16}
    reader = reader_of("tiny-transformer", given)
    assert reader is not None
    ids = tuple("abcd")
    if classifies:
        texts = TextDataset(SENTENCES, ids, torch.tensor([0, 1, 0, 0]), ("who", "where"))
    else:
        texts = TextDataset(
            SENTENCES, ids, unlabelled(4), answers=(("anna",), ("rome",), ("bob",), ("anna",))
        )
    return CompressibleModel.create("tiny-transformer", given, seed=3), texts.encoded(reader)
