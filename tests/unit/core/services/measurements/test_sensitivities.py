"""Sensitivities are queued once, kept and read as a table; recipes follow, and their models are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.domain.ids import DatasetId, ModelId, WorkerId
from core.domain.measurement.sensitivity import Approach, Grouping, Method
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.persistence.figures import refresh
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.measurements.measurements import Measurement
from core.services.measurements.mixed_precision import (
    Budget,
    Costs,
    choices,
    outcomes,
    planned,
    planned_frontier,
)
from core.services.measurements.sensitivities import Asked, queue_candidates, sensitivity_table
from core.services.models.models import get_model, list_models
from core.services.queue import run_lifecycle
from core.services.queue.results import SensitivityResult
from core.services.queue.runs import list_runs
from core.testing.laboratory import WORKER, Laboratory

HALF, EIGHT = Step("prune", {"sparsity": 0.5}), Step("quantize", {"bits": 8})
HOW = Measurement(instances=4)
PARTS = ("stem", "head", "tail")
CHANGES = {"prune": (0.5, 0.1, 0.02), "quantize": (0.01, 0.02, 0.04)}
BITS = {"prune": 600, "quantize": 250}


def sensed(payload: Mapping[str, Any], artifact: str | None) -> SensitivityResult:
    """What a worker would find out: known numbers for three parts of 1,000 bits each."""
    step = Step(payload["step"]["technique"], payload["step"]["parameters"], LayerRules())
    method = Method(payload["method"])
    change = np.array(CHANGES[step.technique])
    arrays = {
        "layer": np.array(PARTS),
        "modules": np.array(["stem", "head\nhead.again", "tail"]),
        "module_type": np.array(["Linear"] * 3),
        "weights": np.array([100, 100, 100]),
        "bits_before": np.array([1000, 1000, 1000]),
        "bits_after": np.full(3, BITS[step.technique]),
        "flops_saved": np.zeros(3),
        "problem": np.array([""] * 3),
    }
    measured = {"change.loss": change, "low.loss": change - 0.01, "high.loss": change + 0.01}
    arrays |= measured if method is Method.MEASURE else {"estimate": change * 2}
    asked = {name: value for name, value in payload.items() if name != "step"}
    environment = {
        "method": method.value,
        "grouping": payload["grouping"],
        "asked": asked,
        "weights": artifact,
    }
    dataset = DatasetId(payload["dataset_id"])
    return SensitivityResult(step, dataset, "test", 4, {"loss": 0.3}, arrays, environment)


def work(app: Application, base: Model) -> int:
    """Carry out every run that waits; all are sensitivities."""
    done = 0
    while (run := run_lifecycle.claim_next(app, WorkerId(WORKER), queues=("cpu",))) is not None:
        assert run.kind is RunKind.SENSITIVITY
        run_lifecycle.succeed(
            app, run.id, run.attempt, sensed(run.payload, get_model(app, base.id).model.artifact)
        )
        done += 1
    return done


@pytest.fixture
def made(app: Application, laboratory: Laboratory, base: Model) -> Model:
    """The base, made and measured, with a size that is known."""
    laboratory.play()
    with app.unit_of_work(writing=True) as uow:
        uow.models.set_own_metrics(base.id, {"theoretical_bytes": 500.0, "bits_per_weight": 10.0})
        refresh(uow, base.project_id, [base.id])
        uow.commit()
    return get_model(app, base.id).model


def test_what_is_known_or_coming_is_not_queued_again(app: Application, made: Model) -> None:
    first = queue_candidates(app, made.id, [HALF, EIGHT, HALF], HOW)
    assert (len(first.runs), first.present, first.coming) == (2, 0, 0)
    assert queue_candidates(app, made.id, [HALF, EIGHT], HOW) == Asked((), 0, 2)
    assert work(app, made) == 2
    assert queue_candidates(app, made.id, [EIGHT, HALF], HOW) == Asked((), 2, 0)
    others = [
        (HOW, Approach(Method.ESTIMATE)),
        (HOW, Approach(grouping=Grouping.BLOCK)),
        (replace(HOW, instances=5), Approach()),
        (replace(HOW, split="train"), Approach()),
    ]
    for how, approach in others:
        assert len(queue_candidates(app, made.id, [HALF], how, approach=approach).runs) == 1


def test_every_problem_is_named_before_anything_is_queued(app: Application, made: Model) -> None:
    before = len(list_runs(app))
    with pytest.raises(InvalidInput) as caught:
        queue_candidates(app, made.id, [HALF, Step("prune", {"sparsity": 2}), Step("prun")], HOW)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["steps.1.parameters.sparsity.0", "steps.2.technique"]
    with pytest.raises(InvalidInput, match="No candidate"):
        queue_candidates(app, made.id, [], HOW)
    assert len(list_runs(app)) == before


def test_the_table_holds_what_was_measured_beside_what_was_estimated(app: Application, made: Model) -> None:
    assert sensitivity_table(app, made.id) is None
    queue_candidates(app, made.id, [HALF, EIGHT], HOW)
    queue_candidates(app, made.id, [EIGHT], HOW, approach=Approach(Method.ESTIMATE))
    work(app, made)
    table = sensitivity_table(app, made.id)
    assert table is not None
    assert (table.parts, table.instances, table.baseline) == (PARTS, 4, 0.3)
    columns = {column.step.technique: column for column in table.columns}
    np.testing.assert_array_equal(columns["prune"].change, CHANGES["prune"])
    np.testing.assert_allclose(columns["quantize"].high, np.array(CHANGES["quantize"]) + 0.01)
    np.testing.assert_allclose(columns["quantize"].estimate, 2 * np.array(CHANGES["quantize"]))
    assert np.isnan(columns["prune"].estimate).all()
    assert table.modules[1] == ("head", "head.again")
    assert sensitivity_table(app, made.id, grouping=Grouping.KIND) is None


def test_a_budget_becomes_a_recipe_whose_model_is_found_again(
    app: Application, laboratory: Laboratory, made: Model
) -> None:
    queue_candidates(app, made.id, [HALF, EIGHT], HOW)
    work(app, made)
    table = sensitivity_table(app, made.id)
    assert table is not None
    problem = choices(table)
    # 4,000 bits in all, 1,000 of them in no part; 8 bits for all parts leave 1,750 bits, 218.75 bytes
    line = planned_frontier(problem)
    assert (line[0].size, line[-1].size) == (218.75, 500)
    best = planned(problem, 320)  # 2,560 bits: 1,440 to save, by 8 bits for two parts
    assert best.size <= 320
    assert best.cost == pytest.approx(0.03)  # stem and head at 8 bits: 0.01 + 0.02
    assert [bool(label) for label in best.labels] == [True, True, False]
    (step,) = best.recipe
    assert step.rules.include == ("^stem$", "^head$", r"^head\.again$")
    with pytest.raises(InvalidInput, match=r"the smallest is 218\.8"):
        planned(problem, 200)
    with pytest.raises(InvalidInput, match="No candidate has estimated costs"):
        choices(table, costs=Costs.ESTIMATED)
    with pytest.raises(InvalidInput, match="flops of"):
        choices(table, Budget.FLOPS)
    assert outcomes(app, problem) == []
    submit(app, ExperimentRequest(made.project_id, (made.id,), (best.recipe,), name="mixed"))
    (waiting,) = outcomes(app, problem)
    assert waiting.measured is None
    laboratory.play()
    laboratory.play()
    (found,) = outcomes(app, problem)
    assert found.predicted == pytest.approx(best.cost)
    assert found.size == pytest.approx(best.size)
    child = next(model for model in list_models(app, made.project_id) if model.id == found.model.id)
    assert found.measured == pytest.approx(child.metrics["loss"] - made.metrics["loss"])
    assert ModelId(child.id) != made.id
