"""What holds of figures on every database; subclass it in a test module with an `app` fixture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.condition import QualityCondition
from core.domain.ids import DatasetId, ModelId
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunKind
from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound
from core.services.application import Application
from core.services.measurements import measurements, protocol
from core.services.measurements.measurements import Measurement
from core.services.measurements.protocol import ProtocolChange
from core.services.models import models
from core.services.projects import projects
from core.services.queue import run_lifecycle, runs
from core.services.queue.results import Evaluated, ModelMade, Profiled
from core.testing.contracts.laboratory_contract import LaboratoryContract
from core.testing.laboratory import ACCURACY, LATENCY, LOSS, SIZE, Laboratory

OTHER = 0.123
"""A value that only measurements under another condition have."""


class FiguresContract(LaboratoryContract):
    """Values under the protocol change only with measurements under the protocol; others have own names."""

    @pytest.fixture
    def base(self, app: Application, laboratory: Laboratory, project: Project) -> Model:
        queued = laboratory.base(project)
        laboratory.play()
        return self.shown(app, queued.id)

    def shown(self, app: Application, model_id: ModelId) -> Model:
        return models.get_model(app, model_id).model

    def evaluate(
        self, laboratory: Laboratory, model: Model, how: Measurement, metrics: dict[str, float]
    ) -> None:
        """Queue an evaluation as people do, and end it with these values."""
        app = laboratory.app
        measurements.queue_evaluation(app, [model.id], how)
        run = laboratory.claim()
        assert run is not None
        assert run.kind is RunKind.EVALUATE
        told: dict[str, Any] = {"precision": run.payload["precision"]}
        if "instances" in run.payload:
            told["instances_asked"] = run.payload["instances"]
        dataset = DatasetId(run.payload["dataset_id"])
        result = Evaluated(dataset, run.payload["split"], 4, metrics, {}, environment=told)
        run_lifecycle.succeed(app, run.id, run.attempt, result)

    def profile(self, laboratory: Laboratory, model: Model, device: str, metrics: dict[str, float]) -> None:
        """Queue a profile and end it with these values, measured on a device."""
        measurements.queue_profile(laboratory.app, [model.id])
        run = laboratory.claim()
        assert run is not None
        result = Profiled(device, metrics, environment={"load_average": 9, "cores": 2})
        run_lifecycle.succeed(laboratory.app, run.id, run.attempt, result)

    def test_a_project_starts_with_the_test_split_of_its_data(
        self, app: Application, project: Project
    ) -> None:
        assert project.protocol.quality == QualityCondition(project.datasets[0].id, "test", None, "float32")
        assert project.protocol.efficiency is None

    def test_the_first_profile_settles_the_device(self, app: Application, base: Model) -> None:
        settled = projects.get_project(app, base.project_id).protocol.efficiency
        assert settled is not None
        assert settled.device == "laboratory CPU"

    @pytest.mark.parametrize(
        ("how", "name_and_label"),
        [
            (Measurement(split="train"), ("top1@split=train", "Top-1 accuracy · train")),
            (Measurement(precision="bfloat16"), ("top1@precision=bfloat16", "Top-1 accuracy · bf16")),
            (Measurement(instances=2), ("top1@instances=2", "Top-1 accuracy · 2 instances")),
        ],
        ids=["split", "precision", "sample"],
    )
    def test_another_condition_gets_a_name_of_its_own(
        self, laboratory: Laboratory, base: Model, how: Measurement, name_and_label: tuple[str, str]
    ) -> None:
        app, (name, label) = laboratory.app, name_and_label
        self.evaluate(laboratory, base, how, {ACCURACY.name: OTHER})
        now = self.shown(app, base.id)
        assert {key: now.metrics[key] for key in base.metrics} == base.metrics
        assert now.metrics[name] == OTHER
        metric = projects.get_project(app, base.project_id).metric(name)
        assert metric is not None
        assert (metric.label, metric.variant_of, metric.direction) == (label, "top1", ACCURACY.direction)
        assert name not in projects.get_project(app, base.project_id).primary

    def test_another_device_gets_a_name_of_its_own(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        self.profile(laboratory, base, "H200", {SIZE.name: base.metrics[SIZE.name], LATENCY.name: OTHER})
        now = self.shown(app, base.id)
        assert {key: now.metrics[key] for key in base.metrics} == base.metrics
        assert now.metrics["latency_ms@device=H200"] == OTHER
        assert "file_bytes@device=H200" not in now.metrics
        assert now.caveats == {"latency_ms@device=H200": ("timed on a busy machine",)}

    def test_a_repeated_evaluation_replaces_the_former_one_as_a_whole(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        self.evaluate(laboratory, base, Measurement(), {ACCURACY.name: 0.5})
        now = self.shown(app, base.id)
        assert now.metrics[ACCURACY.name] == 0.5
        assert LOSS.name not in now.metrics

    def test_deleting_an_evaluation_shows_the_one_before(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        self.evaluate(laboratory, base, Measurement(), {ACCURACY.name: 0.5})
        self.evaluate(laboratory, base, Measurement(split="train"), {ACCURACY.name: OTHER})
        train, again, first = models.get_model(app, base.id).evaluations
        revision = projects.revision(app, base.project_id)
        assert protocol.delete_evaluation(app, again.id) == base.id
        now = self.shown(app, base.id)
        assert {key: now.metrics[key] for key in base.metrics} == base.metrics
        assert [one.id for one in models.changed_models(app, base.project_id, since=revision).models] == [
            base.id
        ]
        protocol.delete_evaluation(app, train.id)
        assert self.shown(app, base.id).metrics == base.metrics
        assert projects.get_project(app, base.project_id).metric("top1@split=train") is None
        protocol.delete_evaluation(app, first.id)
        assert ACCURACY.name not in self.shown(app, base.id).metrics
        with pytest.raises(NotFound, match="no evaluation"):
            protocol.delete_evaluation(app, first.id)

    def test_deleting_a_profile_leaves_no_time(self, app: Application, base: Model) -> None:
        (profile,) = models.get_model(app, base.id).profiles
        protocol.delete_profile(app, profile.id)
        assert LATENCY.name not in self.shown(app, base.id).metrics
        with pytest.raises(NotFound, match="no profile"):
            protocol.delete_profile(app, profile.id)

    def test_another_protocol_shows_its_values_and_names_the_others(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        self.evaluate(laboratory, base, Measurement(split="train"), {ACCURACY.name: OTHER})
        changed = protocol.change_protocol(app, base.project_id, ProtocolChange(split="train"))
        now = self.shown(app, base.id)
        assert now.metrics[ACCURACY.name] == OTHER
        assert now.metrics["top1@split=test"] == base.metrics[ACCURACY.name]
        assert changed.metric("top1@split=train") is None
        protocol.change_protocol(app, base.project_id, ProtocolChange(split="test"))
        assert self.shown(app, base.id).metrics[ACCURACY.name] == base.metrics[ACCURACY.name]

    def test_what_lacks_values_is_evaluated_on_request(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        protocol.change_protocol(app, base.project_id, ProtocolChange(split="train", precision="bfloat16"))
        assert protocol.lacking(app, base.project_id) == [base.id]
        assert len(protocol.queue_lacking(app, base.project_id)) == 1
        assert protocol.lacking(app, base.project_id) == []
        run = laboratory.claim()
        assert run is not None
        assert (run.payload["split"], run.payload["precision"]) == ("train", "bfloat16")

    def test_new_models_are_measured_under_the_protocol(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        protocol.change_protocol(app, base.project_id, ProtocolChange(split="train", instances=3))
        laboratory.sweep(projects.get_project(app, base.project_id), base.id, ((SweepStep("prune"),),))
        kinds = {}
        while run := laboratory.claim():
            kinds[run.kind] = run.payload
            run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
        assert kinds[RunKind.EVALUATE]["split"] == "train"
        assert kinds[RunKind.EVALUATE]["instances"] == 3
        assert "instances" not in kinds[RunKind.PROFILE]

    def test_a_protocol_that_cannot_be_is_refused_whole(self, app: Application, base: Model) -> None:
        before = projects.get_project(app, base.project_id).protocol
        assert before.efficiency is not None
        change = ProtocolChange(
            DatasetId(99), "tset", -1, precision="int8", efficiency=replace(before.efficiency, device="?")
        )
        with pytest.raises(InvalidInput) as caught:
            protocol.change_protocol(app, base.project_id, change)
        fields = {problem.field for problem in caught.value.problems}
        assert fields == {"dataset_id", "split", "instances", "precision", "efficiency"}
        assert projects.get_project(app, base.project_id).protocol == before

    def test_recovery_follows_the_base(self, app: Application, laboratory: Laboratory, base: Model) -> None:
        laboratory.sweep(projects.get_project(app, base.project_id), base.id, ((SweepStep("prune"),),))
        laboratory.play()
        small = models.list_models(app, base.project_id)[-1]
        name = "top1@recovery"
        assert small.metrics[name] == pytest.approx(small.metrics["top1"] / base.metrics["top1"])
        self.evaluate(laboratory, base, Measurement(), {ACCURACY.name: 0.5})
        assert self.shown(app, small.id).metrics[name] == pytest.approx(small.metrics["top1"] / 0.5)
        protocol.delete_evaluation(app, models.get_model(app, base.id).evaluations[0].id)
        assert self.shown(app, small.id).metrics[name] == pytest.approx(small.metrics[name])

    def test_figures_of_other_weights_are_not_shown(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        laboratory.sweep(projects.get_project(app, base.project_id), base.id, ((SweepStep("prune"),),))
        laboratory.play()
        small = models.list_models(app, base.project_id)[-1]
        assert {ACCURACY.name, LATENCY.name, SIZE.name} <= base.metrics.keys()
        assert "top1@recovery" in small.metrics
        runs.retry_runs(app, [base.making_run_id] if base.making_run_id else [])
        again = laboratory.claim()
        assert again is not None
        run_lifecycle.succeed(app, again.id, again.attempt, ModelMade(artifact="f" * 64))
        details = models.get_model(app, base.id)
        assert details.model.metrics.keys().isdisjoint(base.metrics)
        assert (details.evaluation, details.profile) == (None, None)
        assert len(details.evaluations) == 1
        assert "top1@recovery" not in self.shown(app, small.id).metrics
        laboratory.play()
        assert self.shown(app, base.id).metrics == base.metrics
        shown = models.get_model(app, base.id).evaluation
        assert shown is not None
        assert shown.artifact == "f" * 64
