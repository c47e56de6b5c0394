"""A worker that plays runs instead of carrying them out, for tests of pages and services without an engine.

Everything goes through the real services; only the figures are made up, as a smooth function of the recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.domain.catalogue import Catalogue, Device, SourceSpec, TaskSpec, Worker
from core.domain.ids import DatasetId, ModelId, WorkerId
from core.domain.measurement.evaluation import LayerKind
from core.domain.metric import Direction, Format, Group, MetricDefinition
from core.domain.model import Model
from core.domain.parameter.spec import Kind, ParameterSpec
from core.domain.parameter.traits import Teacher
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.queue.run_query import RunQuery
from core.domain.recipe import Recipe, Step, SweepStep
from core.domain.technique import Storage, TechniqueSpec
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.models import models
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.projects import projects
from core.services.queue import run_lifecycle
from core.services.queue.cancellation import wake_dependants
from core.services.queue.recording import record
from core.services.queue.results import (
    Drifted,
    Evaluated,
    Inspected,
    ModelMade,
    Paired,
    Profiled,
    Results,
    SensitivityResult,
)
from core.services.workers import workers

WORKER = WorkerId("laboratory")

ACCURACY = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT)
LOSS = MetricDefinition("loss", "Loss", Direction.LOWER, Format.DECIMAL, "nats")
SIZE = MetricDefinition(
    "file_bytes", "File size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY, depends_on=()
)
LATENCY = MetricDefinition("latency_ms", "Latency", Direction.LOWER, unit="ms", group=Group.EFFICIENCY)


def _technique(name: str, label: str, *parameters: ParameterSpec) -> TechniqueSpec:
    leading = tuple(one.name for one in parameters)
    return TechniqueSpec(
        name, label, f"{label}.", f"{label}.", "1", parameters, Storage.STORED, headline=leading
    )


CATALOGUE = Catalogue(
    techniques=(
        _technique(
            "prune",
            "Magnitude pruning",
            ParameterSpec(
                name="sparsity", label="Sparsity", kind=Kind.NUMBER, minimum=0, maximum=0.99, default=0.5
            ),
        ),
        _technique(
            "quantize",
            "Weight-only quantization",
            ParameterSpec(
                name="bits", label="Bits", kind=Kind.INTEGER, minimum=2, maximum=8, default=8, unit="bit"
            ),
        ),
        _technique(
            "fine-tune",
            "Fine-tune",
            ParameterSpec(name="epochs", label="Epochs", kind=Kind.INTEGER, minimum=1, maximum=50, default=2),
        ),
        _technique(
            "distill",
            "Distillation",
            ParameterSpec(
                name="teacher", label="Teacher", kind=Kind.TEXT, default="parent", teacher=Teacher()
            ),
        ),
    ),
    model_sources=(SourceSpec("residual-cnn", "Residual CNN", "A small network."),),
    data_sources=(SourceSpec("digits", "Digits", "Handwritten digits."),),
    tasks=(
        TaskSpec("image-classification", "Image classification", (ACCURACY, LOSS), ("top1", "file_bytes")),
    ),
    profile_metrics=(SIZE, LATENCY),
)

ELSEWHERE = 0.125
"""By what accuracies are multiplied that are measured on another split, in half precision, or on a sample."""

RECIPES: tuple[Recipe, ...] = (
    (
        SweepStep("prune", {"sparsity": (0.3, 0.5, 0.7, 0.8, 0.9)}),
        SweepStep("fine-tune", {"epochs": (2,)}),
        SweepStep("quantize", {"bits": (8, 4, 2)}),
    ),
    (SweepStep("quantize", {"bits": (8, 4, 2)}),),
)
"""29 models besides the base."""


@dataclass(frozen=True)
class Laboratory:
    """An application with a worker that plays."""

    app: Application

    def open(self) -> None:
        """Announce the worker and what it offers."""
        now = datetime.now(UTC)
        device = Device("cpu", "laboratory CPU")
        versions = {"torch": "2.14"}
        worker = Worker(WORKER, "laboratory", 1, ("cpu",), 2, now, now, (device,), versions)
        workers.announce(self.app, worker, CATALOGUE)

    def project(self, name: str = "Digits, long tail", slug: str = "digits") -> Project:
        """Create a project with one data set."""
        dataset = projects.DatasetRequest("digits", "digits")
        request = projects.ProjectRequest(name, "image-classification", (dataset,), slug=slug)
        return projects.create_project(self.app, request)

    def base(self, project: Project, name: str = "residual CNN", *, seed: int = 0) -> Model:
        """Queue a base model; one of the same seed is the same model."""
        request = BaseModelRequest(project.id, name, "residual-cnn", seed=seed, training=Training())
        return add_base_model(self.app, request)

    def sweep(self, project: Project, base: ModelId, recipes: tuple[Recipe, ...] = RECIPES) -> int:
        """Queue an experiment and return how many models it stands for."""
        request = ExperimentRequest(project.id, (base,), recipes, confirmed=True)
        return len(submit(self.app, request).model_ids)

    def play(self, most: int = 1_000_000) -> int:
        """Carry out up to `most` runs, in the order a worker would; return how many were left to do."""
        for done in range(most):
            if not self.play_one():
                return done
        return most

    def play_one(self) -> bool:
        """Carry out the next run; false if none waits."""
        run = self.claim()
        if run is not None:
            run_lifecycle.succeed(self.app, run.id, run.attempt, self.results(run))
        return run is not None

    def play_together(self, most: int) -> int:
        """Carry out the next runs, up to `most`, in one transaction; return how many.

        A machine that also draws pages does this many times as often as `play_one`.
        """
        now = self.app.clock.now()
        with self.app.unit_of_work() as uow:
            queued = uow.runs.matching(RunQuery(statuses=frozenset({RunStatus.QUEUED})))
            waiting = uow.runs.get(queued[:most])
        results = {run.id: self.results(run) for run in waiting.values()}
        with self.app.unit_of_work(writing=True) as uow:
            for run in waiting.values():
                uow.runs.touch_project(run.id)
                held = uow.runs.claim(run.id, WORKER, now=now, lease_until=now + timedelta(minutes=1))
                if held is not None:
                    uow.runs.end(held.id, held.attempt, RunStatus.SUCCEEDED, now)
                    record(uow, held, results[held.id], now)
                    wake_dependants(uow, held.id, now)
            uow.commit()
        return len(waiting)

    def claim(self) -> Run | None:
        """Take the next run and leave it running."""
        return run_lifecycle.claim_next(self.app, WORKER, queues=("cpu", "gpu"))

    def results(self, run: Run) -> Results:
        """Return what a run of this kind would hand over."""
        lineage = models.get_model(self.app, run.model_id).lineage
        figures = figures_of(lineage)
        device = "laboratory GPU" if run.queue == "gpu" else "laboratory CPU"
        environment: dict[str, Any] = {"device": device, "versions": {"torch": "2.14"}}
        if run.kind is RunKind.PROFILE:
            faster = 0.01 if run.queue == "gpu" else 1.0
            chosen = {SIZE.name: figures[SIZE.name], LATENCY.name: figures[LATENCY.name] * faster}
            return Profiled(device, chosen, environment=environment)
        if run.kind in _LAYERS:
            return _LAYERS[run.kind](run, figures)
        if run.kind is not RunKind.EVALUATE:
            return ModelMade(artifact=f"{run.model_id:064x}")
        return _evaluated(run, figures, environment)


def _evaluated(run: Run, figures: Mapping[str, float], environment: Mapping[str, Any]) -> Evaluated:
    """Return an evaluation as the run asks for it; its values show at once whether that was the usual way."""
    payload = run.payload
    told = {"precision": payload.get("precision", "float32")}
    told |= {"instances_asked": payload["instances"]} if "instances" in payload else {}
    told |= {"group": payload["group"]} if "group" in payload else {}
    usual = payload["split"] == "test" and told == {"precision": "float32"}
    worse = 1.0 if usual else ELSEWHERE
    chosen = {ACCURACY.name: figures[ACCURACY.name] * worse, LOSS.name: figures[LOSS.name]}
    outcomes = {"label": np.zeros(4, np.int16), "prediction": np.zeros(4, np.int16)}
    dataset = DatasetId(payload["dataset_id"])
    return Evaluated(dataset, payload["split"], 4, chosen, outcomes, environment={**environment, **told})


def _inspected(_run: Run, _figures: Mapping[str, float]) -> Results:
    seen = {"module": np.array(["stem"]), "sqnr_db": np.array([30.0])}
    return Inspected(LayerKind.ACTIVATIONS, seen)


def _paired(run: Run, _figures: Mapping[str, float]) -> Results:
    arrays = {"module": np.array(["stem"]), "sqnr_db": np.array([20.0])}
    kinds = [LayerKind(kind) for kind in run.payload["kinds"]]
    return Paired(ModelId(run.payload["baseline_id"]), dict.fromkeys(kinds, arrays))


def _drifted(run: Run, _figures: Mapping[str, float]) -> Results:
    arrays = {
        "module": np.array(["stem", "head"]),
        "call": np.array([0, 0]),
        "group": np.array([0.3, 0.1]),
        "control": np.array([0.2, 0.1]),
        "control_low": np.array([0.15, 0.05]),
        "control_high": np.array([0.25, 0.15]),
        "p_adjusted": np.array([0.01, 1.0]),
    }
    return Drifted(ModelId(run.payload["baseline_id"]), str(run.payload["key"]), arrays)


def _sensed(run: Run, figures: Mapping[str, float]) -> Results:
    top1 = figures[ACCURACY.name]
    arrays = {"layer": np.array(["stem"]), f"metric.{ACCURACY.name}": np.array([top1 - 0.1])}
    dataset = DatasetId(run.payload["dataset_id"])
    asked = run.payload["step"]
    step = Step(asked["technique"], asked["parameters"])
    return SensitivityResult(step, dataset, "test", 4, {ACCURACY.name: top1}, arrays)


_LAYERS: Mapping[RunKind, Callable[[Run, Mapping[str, float]], Results]] = {
    RunKind.LAYERS: _inspected,
    RunKind.LAYER_PAIR: _paired,
    RunKind.DRIFT: _drifted,
    RunKind.SENSITIVITY: _sensed,
}


def figures_of(lineage: tuple[Model, ...]) -> dict[str, float]:
    """Return every metric of the last model of a lineage, base first."""
    accuracy, size = 0.96, 308_000.0
    for model in lineage:
        given = model.step.parameters if model.step else {}
        if "sparsity" in given:
            accuracy -= 0.8 * given["sparsity"] ** 8
            size *= 1.15 - given["sparsity"] * 0.9
        if "epochs" in given:
            accuracy += (0.955 - accuracy) * 0.8
        if "bits" in given:
            accuracy -= {8: 0.001, 4: 0.02}.get(given["bits"], 0.4)
            size *= given["bits"] / 32 + 0.1
    return {
        "top1": accuracy,
        "loss": 1.6 - 1.5 * accuracy,
        "file_bytes": size,
        "latency_ms": 1.2 + size / 4e5,
    }
