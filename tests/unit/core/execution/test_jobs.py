"""Kinds of runs from the queue to what people read, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.data.base import load_data
from core.data.dataset import Dataset
from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.domain.measurement.evaluation import LayerKind
from core.domain.measurement.stored_bytes import ByteKind
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind
from core.domain.recipe import Step, SweepStep
from core.domain.technique import LayerRules
from core.errors import CorruptArtifact, UnusableInput
from core.evaluation.base import Evaluation, tasks
from core.evaluation.profiling import profile as profile_module
from core.evaluation.profiling.batching import log as batching_log
from core.execution import statistics
from core.execution.base import RunContext, jobs
from core.execution.catalogue import catalogue
from core.execution.jobs import inspecting
from core.execution.progress import DatabaseProgress
from core.execution.registries import load_registries
from core.services.application import Application
from core.services.behaviour.instance_groups import save_group
from core.services.experiments.experiments import submit
from core.services.layers.layer_channels import inside_module
from core.services.layers.layer_drifts import InstanceChoice, layer_drifts, queue_layer_drift
from core.services.layers.layer_pairs import queue_layer_comparison
from core.services.layers.layer_statistics import (
    baseline_of,
    layer_statistics,
    sensitivities,
    sensitivity_arrays,
)
from core.services.layers.savings import savings
from core.services.measurements.measurements import (
    Measurement,
    queue_evaluation,
    queue_layers,
    queue_profile,
    queue_sensitivity,
)
from core.services.models.models import get_model
from core.services.projects.projects import get_project
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.fakes import open_migrated
from core.testing.running import small_project

WORKER = WorkerId("in-process")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Application, Model, Model]]:
    """An application whose base model and one pruned model are made and measured."""
    folder = tmp_path_factory.mktemp("jobs")
    app = open_migrated(f"sqlite:///{folder / 'test.db'}", folder)
    load_registries()
    now = datetime.now(UTC)
    workers.announce(app, Worker(WORKER, "here", 1, ("cpu",), 1, now, now), catalogue())
    profile_module.TIMING_BUDGET_S, budget = 0.01, profile_module.TIMING_BUDGET_S
    base = small_project(app)
    work(app)
    recipe = (SweepStep("magnitude-pruning", {"sparsity": (0.5,)}),)
    (pruned,) = submit(app, ExperimentRequest(base.project_id, (base.id,), (recipe,))).model_ids
    work(app)
    yield app, base, get_model(app, pruned).model
    profile_module.TIMING_BUDGET_S = budget
    app.close()


def work(app: Application) -> list[RunKind]:
    """Carry out every queued run as a run process does, and return their kinds."""
    done = []
    while (run := run_lifecycle.claim_next(app, WORKER, queues=("cpu",))) is not None:
        run_context = RunContext(app, run, torch.device("cpu"), DatabaseProgress(app, run))
        run_lifecycle.succeed(app, run.id, run.attempt, jobs.get(run.kind).perform(run_context))
        done.append(run.kind)
    return done


def test_weight_statistics_compare_with_the_base(installation: tuple[Application, Model, Model]) -> None:
    app, base, pruned = installation
    found = layer_statistics(app, pruned.id, LayerKind.WEIGHTS)
    assert found["baseline"].tolist() == [base.id]
    assert 0 < found["zeros_gained"].sum() <= found["count"].sum() / 2
    assert {"form", "stored_bits", "distinct", "sqnr_db", "change_histogram"} <= set(found)
    alone = layer_statistics(app, base.id, LayerKind.WEIGHTS)
    assert alone["baseline"].tolist() == [0]
    assert "sqnr_db" not in alone
    assert alone["parameter"].tolist() == found["parameter"].tolist()


def test_profiles_are_taken_apart_by_module(installation: tuple[Application, Model, Model]) -> None:
    app, _, pruned = installation
    found = layer_statistics(app, pruned.id, LayerKind.COST)
    assert found["time_share"].sum() == pytest.approx(1)
    assert found["flops"].sum() == 64 * get_model(app, pruned.id).model.metrics["flops"]


def test_activations_are_gathered_beside_the_base(installation: tuple[Application, Model, Model]) -> None:
    app, base, pruned = installation
    found = layer_statistics(app, pruned.id, LayerKind.ACTIVATIONS)
    assert found["baseline"].tolist() == [base.id]
    assert found["instances"].tolist() == [32]
    assert ((found["cka"] > 0) & (found["cka"] <= 1.0001)).all()
    assert np.isfinite(found["sqnr_db"]).all()
    alone = layer_statistics(app, base.id, LayerKind.ACTIVATIONS)
    assert "cka" not in alone
    assert alone["module"].tolist() == found["module"].tolist()
    assert alone["range_low"].tolist() == found["range_low"].tolist()
    assert queue_layers(app, [pruned.id]) == ()
    queue_layers(app, [pruned.id], Measurement(instances=16), again=True)
    assert work(app) == [RunKind.LAYERS]
    assert layer_statistics(app, pruned.id, LayerKind.ACTIVATIONS)["instances"].tolist() == [16]


def test_bytes_and_time_are_accounted_for(installation: tuple[Application, Model, Model]) -> None:
    app, base, pruned = installation
    found = savings(app, pruned.id)
    assert found.baseline is not None
    assert found.baseline.id == base.id
    assert sum(each.after for each in found.kinds) == get_model(app, pruned.id).model.metrics["file_bytes"]
    assert (
        sum(each.before or 0 for each in found.kinds) == get_model(app, base.id).model.metrics["file_bytes"]
    )
    assert {ByteKind.MASKS, ByteKind.KEPT, ByteKind.HEADER} <= {each.kind for each in found.kinds}
    assert sum(layer.share for layer in found.layers) == pytest.approx(1)
    assert {layer.arithmetic for layer in found.layers} == {"float32", "no weights"}
    assert all(layer.time_before_ms for layer in found.layers)
    assert found.missing == ()
    assert "of the weights are zero, but the model computes as many operations as before" in found.paragraph
    assert savings(app, base.id).baseline is None


def test_files_from_before_are_accounted_for_when_they_are_loaded(
    installation: tuple[Application, Model, Model],
) -> None:
    app, base, _ = installation
    with app.unit_of_work(writing=True) as uow:
        before = uow.evaluations.layer_statistics(base.id, kind=LayerKind.STORAGE)
        uow.evaluations.put_layer_statistics(base.id, kind=LayerKind.STORAGE, arrays={})
        uow.commit()
    assert any("bytes of the model's file are not known" in text for text in savings(app, base.id).missing)
    queue_profile(app, [base.id])
    work(app)
    again = layer_statistics(app, base.id, LayerKind.STORAGE)
    assert again["bytes"].tolist() == before["bytes"].tolist()


def test_any_two_models_are_compared(installation: tuple[Application, Model, Model]) -> None:
    app, base, pruned = installation
    recipe = (SweepStep("low-rank", {"criterion": ("size",), "size": (0.5,)}),)
    (thin,) = submit(app, ExperimentRequest(base.project_id, (base.id,), (recipe,))).model_ids
    run_id = queue_layer_comparison(app, thin, pruned.id, Measurement(instances=8))
    assert RunKind.LAYER_PAIR in work(app)
    weights = layer_statistics(app, thin, LayerKind.WEIGHTS, pruned.id)
    assert weights["baseline"].tolist() == [pruned.id]
    assert {"factorized", "same"} <= set(weights["standing"].tolist())
    own = layer_statistics(app, thin, LayerKind.WEIGHTS)
    assert weights["stored_bits"].tolist() == own["stored_bits"].tolist()
    assert (weights["relative_l2"][weights["standing"] == "factorized"] > 0.1).all()
    seen = layer_statistics(app, thin, LayerKind.ACTIVATIONS, pruned.id)
    assert (seen["baseline"].tolist(), seen["instances"].tolist()) == ([pruned.id], [8])
    factors = np.array([name.endswith(".second") for name in seen["module"].tolist()])
    assert np.isfinite(seen["sqnr_db"][factors]).all()
    assert queue_layer_comparison(app, thin, pruned.id, Measurement(instances=8)) is None
    assert run_id is not None


def test_modules_are_looked_into(installation: tuple[Application, Model, Model]) -> None:
    app, base, pruned = installation
    assert inside_module(app, pruned.id, base.id, "stem.0") is None
    queue_layer_comparison(app, pruned.id, base.id, kinds=[LayerKind.CHANNELS])
    assert work(app) == [RunKind.LAYER_PAIR]
    found = inside_module(app, pruned.id, base.id, "stem.0")
    assert found is not None
    (weight,) = found.weights
    assert weight.parameter == "stem.0.weight"
    assert len(weight.norm) == len(found.low) == len(found.high_before)
    assert (weight.norm <= weight.norm_before + 1e-6).all()
    np.testing.assert_allclose(
        weight.norm_before**2, weight.norm**2 + weight.norm_change**2, rtol=1e-4
    )  # what pruning takes away is at right angles to what it leaves
    assert weight.picture.shape == weight.change.shape if weight.change is not None else False
    assert (found.low <= found.high).all()
    assert inside_module(app, pruned.id, base.id, "nothing") is None


def test_layers_that_drift_for_a_group_are_found(installation: tuple[Application, Model, Model]) -> None:
    app, base, pruned = installation
    project = get_project(app, base.project_id)
    ids = tuple(map(str, load_data("digits", {}, "test").ids[:40]))
    choice = InstanceChoice(project.datasets[0].id, "test", ids, "the first ones")
    queue_layer_drift(app, pruned.id, base.id, choice)
    assert work(app) == [RunKind.DRIFT]
    (found,) = layer_drifts(app, pruned.id, base.id)
    arrays = found.arrays
    assert arrays["instances"].tolist() == [40, 160]
    seen = layer_statistics(app, pruned.id, LayerKind.ACTIVATIONS)
    assert arrays["module"].tolist() == seen["module"].tolist()
    assert (arrays["control_low"] <= arrays["control"]).all()
    assert (arrays["control"] <= arrays["control_high"]).all()
    assert ((arrays["p"] > 0) & (arrays["p"] <= 1)).all()
    queue_layer_drift(app, pruned.id, base.id, InstanceChoice(choice.dataset_id, "test", ("nobody", "0")))
    run = run_lifecycle.claim_next(app, WORKER, queues=("cpu",))
    assert run is not None
    run_context = RunContext(app, run, torch.device("cpu"), DatabaseProgress(app, run))
    with pytest.raises(UnusableInput, match="instances are not in the data: nobody"):
        jobs.get(run.kind).perform(run_context)
    run_lifecycle.mark_cancelled(app, run.id, run.attempt)


def test_a_pair_says_why_it_has_no_activations(
    installation: tuple[Application, Model, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, base, pruned = installation

    def broken(*_: object, **__: object) -> None:
        raise UnusableInput("The data do not fit.")

    monkeypatch.setattr(inspecting, "activation_statistics", broken)
    queue_layer_comparison(app, base.id, pruned.id)
    assert work(app) == [RunKind.LAYER_PAIR]
    assert (layer_statistics(app, base.id, LayerKind.WEIGHTS, pruned.id)["zeros_lost"] >= 0).all()
    told = layer_statistics(app, base.id, LayerKind.ACTIVATIONS, pruned.id)
    assert told["problem"].tolist() == ["The data do not fit."]


def test_a_profile_does_without_activations_that_cannot_be_had(
    installation: tuple[Application, Model, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, base, _ = installation

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no such layer")

    monkeypatch.setattr(inspecting, "activation_statistics", broken)
    profiles = len(get_model(app, base.id).profiles)
    queue_profile(app, [base.id])
    assert work(app) == [RunKind.PROFILE]
    assert len(get_model(app, base.id).profiles) == profiles + 1


def test_a_sensitivity_run_measures_each_layer(installation: tuple[Application, Model, Model]) -> None:
    app, base, _ = installation
    step = Step("magnitude-pruning", {"sparsity": 0.95}, LayerRules(exclude=(r"stages\.1",)))
    run_id = queue_sensitivity(app, base.id, step, Measurement(instances=64))
    assert work(app) == [RunKind.SENSITIVITY]
    found = sensitivities(app, base.id)[0]
    assert (found.run_id, found.instances, found.split) == (run_id, 64, "test")
    assert found.step.parameters["sparsity"] == 0.95
    assert 0 <= found.metrics["top1"] <= 1
    arrays = sensitivity_arrays(app, found.id)
    assert arrays["layer"].tolist()
    assert not any("stages.1" in name for name in arrays["layer"])
    assert len(set(arrays["metric.loss"].tolist())) > 1
    assert found.environment["batch_size"] == 256


def test_runs_on_a_group_see_its_instances_alone(installation: tuple[Application, Model, Model]) -> None:
    app, base, _ = installation
    before = get_model(app, base.id).evaluations[0]
    with app.unit_of_work() as uow:
        outcomes = uow.evaluations.outcomes(before.id)
    wrong = np.flatnonzero(outcomes["prediction"] != outcomes["label"])[:5].tolist()
    group = save_group(app, before, "five wrong", wrong)
    step = Step("magnitude-pruning", {"sparsity": 0.95}, LayerRules(exclude=(r"stages\.1",)))
    queue_evaluation(app, [base.id], Measurement(group_id=group.id))
    queue_sensitivity(app, base.id, step, Measurement(group_id=group.id))
    assert work(app) == [RunKind.EVALUATE, RunKind.SENSITIVITY]
    after = get_model(app, base.id).evaluations[0]
    assert (after.instances, after.metrics["top1"]) == (5, 0.0)
    found = sensitivities(app, base.id)[0]
    assert (found.instances, found.metrics["top1"]) == (5, 0.0)
    assert found.environment["group"] == after.environment["group"] == group.mark
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.delete(after.id)
        uow.commit()


def test_an_evaluation_in_half_precision_says_so(installation: tuple[Application, Model, Model]) -> None:
    app, base, _ = installation
    before = get_model(app, base.id).evaluations[0]
    queue_evaluation(app, [base.id], Measurement(precision="bfloat16", batch_size=32))
    work(app)
    after = get_model(app, base.id).evaluations[0]
    assert before.environment["precision"] == "float32"
    assert (after.environment["precision"], after.environment["batch_size"]) == ("bfloat16", 32)
    assert after.metrics["loss"] != before.metrics["loss"]
    assert after.metrics["loss"] == pytest.approx(before.metrics["loss"], rel=0.05)


def test_an_evaluation_that_ran_out_of_memory_says_so(
    installation: tuple[Application, Model, Model],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, base, _ = installation
    task = tasks.get("image-classification")
    evaluate = task.evaluate

    def full_at_100(module: nn.Module, dataset: Dataset, *, batch_size: int, **rest: Any) -> Evaluation:
        if batch_size > 100:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return evaluate(module, dataset, batch_size=batch_size, **rest)

    monkeypatch.setattr(task, "evaluate", full_at_100)
    queue_evaluation(app, [base.id])
    with caplog.at_level("WARNING", batching_log.name):
        work(app)
    environment = get_model(app, base.id).evaluations[0].environment
    assert (environment["batch_size_asked"], environment["batch_size"]) == (256, 64)
    assert "256 instances at once do not fit into memory; trying 128" in caplog.text


def test_a_damaged_baseline_does_not_cost_the_new_model(
    installation: tuple[Application, Model, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, base, _ = installation
    artifact = get_model(app, base.id).model.artifact
    assert artifact is not None
    recipe = (SweepStep("magnitude-pruning", {"sparsity": (0.25,)}),)
    (made,) = submit(app, ExperimentRequest(base.project_id, (base.id,), (recipe,))).model_ids

    def damaged(path: Path) -> None:
        raise CorruptArtifact(f"The checkpoint {path.name} cannot be read.", "Run it again.")

    monkeypatch.setattr(statistics, "StoredWeights", damaged)
    work(app)
    assert get_model(app, made).model.ready
    found = layer_statistics(app, made, LayerKind.WEIGHTS)
    assert found["baseline"].tolist() == [0]
    assert "sqnr_db" not in found
    assert baseline_of(app, made) is not None


def test_a_measurement_of_weights_that_were_replaced_meanwhile_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is made again, and comes out otherwise, while its evaluation computes."""
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    load_registries()
    now = datetime.now(UTC)
    workers.announce(app, Worker(WORKER, "here", 1, ("cpu",), 1, now, now), catalogue())
    base = small_project(app)
    making = run_lifecycle.claim_next(app, WORKER, queues=("cpu",))
    assert making is not None
    first = performed(app, making)
    run_lifecycle.succeed(app, making.id, making.attempt, first)
    (evaluating,) = (run for run in get_model(app, base.id).runs if run.kind is RunKind.EVALUATE)
    held = run_lifecycle.claim(app, evaluating.id, WORKER)
    assert held is not None
    task = tasks.get("image-classification")
    evaluate = type(task).evaluate

    def meanwhile(self: Any, module: nn.Module, *args: Any, **kwargs: Any) -> Evaluation:
        found = evaluate(self, module, *args, **kwargs)
        with app.unit_of_work(writing=True) as uow:
            uow.projects.touch(base.project_id)
            uow.models.set_made(base.id, artifact="f" * 64, manifest={}, at=now)
            uow.commit()
        return found

    monkeypatch.setattr(type(task), "evaluate", meanwhile)
    run_lifecycle.succeed(app, held.id, held.attempt, performed(app, held))
    found = get_model(app, base.id)
    assert found.evaluations == ()
    assert "top1" not in found.model.metrics
    assert next(run for run in found.runs if run.id == held.id).status == "queued"
    app.close()


def performed(app: Application, run: Run) -> Any:
    """Return what a run hands over."""
    run_context = RunContext(app, run, torch.device("cpu"), DatabaseProgress(app, run))
    return jobs.get(run.kind).perform(run_context)
