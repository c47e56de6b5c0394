"""Further measurements of models: what is queued, what is left out, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.domain.ids import DatasetId, ModelId, SensitivityId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.errors import InvalidInput, NotFound
from core.services.application import Application
from core.services.layers.layer_statistics import (
    baseline_of,
    layer_statistics,
    sensitivities,
    sensitivity_arrays,
)
from core.services.measurements.measurements import (
    Measurement,
    queue_evaluation,
    queue_layers,
    queue_profile,
    queue_sensitivity,
)
from core.services.models.models import list_models
from core.services.queue import run_lifecycle
from core.services.queue.results import Inspected, SensitivityResult
from core.services.queue.runs import get_run
from core.testing.fakes import acting_as
from core.testing.laboratory import Laboratory


@pytest.fixture
def children(app: Application, laboratory: Laboratory, project: Project, base: Model) -> list[Model]:
    laboratory.sweep(project, base.id)
    return [model for model in list_models(app, project.id) if model.id != base.id]


def finish(app: Application, laboratory: Laboratory, kind: RunKind) -> Run:
    """Play everything before the first run of a kind, and claim that one."""
    while (run := laboratory.claim()) is not None:
        if run.kind is kind:
            return run
        run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
    raise AssertionError(f"no {kind} run came")


def test_an_evaluation_takes_its_settings_along(app: Application, base: Model) -> None:
    how = Measurement(split="train", batch_size=8, precision="bfloat16", queue="gpu", priority=3)
    run = get_run(app, queue_evaluation(acting_as(app, "ann"), [base.id], how)[0])
    assert (run.kind, run.status, run.queue) == (RunKind.EVALUATE, RunStatus.QUEUED, "gpu")
    assert (run.priority, run.author, run.model_id) == (3, "ann", base.id)
    assert run.payload["split"] == "train"
    assert run.payload["batch_size"] == 8
    assert run.payload["precision"] == "bfloat16"
    assert run.payload["dataset_id"]


def test_models_that_are_not_made_yet_are_waited_for(app: Application, children: list[Model]) -> None:
    run = get_run(app, queue_profile(app, [children[0].id])[0])
    assert run.status is RunStatus.WAITING
    assert run.waits_for == (children[0].making_run_id,)


def test_activations_are_gathered_once_and_for_the_base_too(
    app: Application, laboratory: Laboratory, base: Model, children: list[Model]
) -> None:
    queued = [get_run(app, run_id) for run_id in queue_layers(app, [children[0].id])]
    assert [run.model_id for run in queued] == [children[0].id, base.id]
    assert queue_layers(app, [children[0].id, base.id]) == ()
    run = finish(app, laboratory, RunKind.LAYERS)
    arrays = {"mean": np.array([1.0, np.nan])}
    run_lifecycle.succeed(app, run.id, run.attempt, Inspected(LayerKind.ACTIVATIONS, arrays))
    stored = layer_statistics(app, run.model_id, LayerKind.ACTIVATIONS)
    np.testing.assert_array_equal(stored["mean"], arrays["mean"])
    assert layer_statistics(app, run.model_id, LayerKind.COST) == {}
    assert queue_layers(app, [run.model_id]) == ()
    assert len(queue_layers(app, [run.model_id], again=True)) == 1


def test_sensitivity_is_stored_with_its_step(app: Application, laboratory: Laboratory, base: Model) -> None:
    step = Step("prune", {}, LayerRules(exclude=("head",)))
    run_id = queue_sensitivity(app, base.id, step, Measurement(instances=100))
    payload = get_run(app, run_id).payload
    assert payload["step"]["parameters"] == {"sparsity": 0.5}
    assert payload["step"]["rules"]["exclude"] == ["head"]
    assert payload["instances"] == 100
    run = finish(app, laboratory, RunKind.SENSITIVITY)
    before = dict(base.metrics)
    arrays = {"layer": np.array(["a", "b"]), "metric.top1": np.array([0.9, np.nan])}
    dataset = DatasetId(payload["dataset_id"])
    sensed = SensitivityResult(step, dataset, "test", 100, {"top1": 0.95, "loss": float("nan")}, arrays)
    run_lifecycle.succeed(app, run.id, run.attempt, sensed)
    found = sensitivities(app, base.id)[0]
    assert (found.step, found.run_id, found.instances) == (step, run.id, 100)
    assert found.metrics["top1"] == 0.95
    assert np.isnan(found.metrics["loss"])
    np.testing.assert_array_equal(sensitivity_arrays(app, found.id)["metric.top1"], arrays["metric.top1"])
    assert sensitivity_arrays(app, found.id)["layer"].tolist() == ["a", "b"]
    assert list_models(app, base.project_id)[0].metrics == before


def test_every_problem_is_named_at_once(app: Application, base: Model) -> None:
    how = Measurement(DatasetId(99), "all", 0, -1, "float8", "tpu", 5000)
    with pytest.raises(InvalidInput) as caught:
        queue_sensitivity(app, base.id, Step("prune", {"sparsity": 2, "spread": 1}, LayerRules(("(",))), how)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == [
        "step.parameters.spread",
        "step.parameters.sparsity.0",
        "step.rules.include.0",
        "queue",
        "priority",
        "instances",
        "batch_size",
        "precision",
        "split",
        "dataset_id",
    ]


def test_an_unknown_technique_is_refused_with_near_ones(app: Application, base: Model) -> None:
    with pytest.raises(InvalidInput, match="Did you mean prune"):
        queue_sensitivity(app, base.id, Step("prun"))


@pytest.mark.parametrize(("ids", "said"), [((), "No model is chosen"), ((77,), "no model with id 77")])
def test_models_that_are_not_there_are_refused(
    app: Application, base: Model, ids: tuple[int, ...], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        queue_evaluation(app, [ModelId(number) for number in ids])


def test_a_model_that_could_not_be_made_is_refused(
    app: Application, laboratory: Laboratory, children: list[Model]
) -> None:
    run = laboratory.claim()
    assert run is not None
    run_lifecycle.mark_cancelled(app, run.id, run.attempt)
    with pytest.raises(InvalidInput, match="making it ended as cancelled"):
        queue_layers(app, [run.model_id])


def test_the_baseline_is_the_oldest_ancestor_with_weights(
    app: Application, laboratory: Laboratory, base: Model, children: list[Model]
) -> None:
    laboratory.play()
    for model in children:
        found = baseline_of(app, model.id)
        assert found is not None
        assert found.id == base.id
    assert baseline_of(app, base.id) is None
    with pytest.raises(NotFound):
        baseline_of(app, ModelId(99_999))


def test_a_sensitivity_that_is_not_there(app: Application) -> None:
    with pytest.raises(NotFound, match="no sensitivity with id 3"):
        sensitivity_arrays(app, SensitivityId(3))
