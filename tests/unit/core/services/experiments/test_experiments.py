"""Experiments: the preview counts what submit makes, equal models are made once, mistakes are all named."""

from dataclasses import replace

import pytest

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunError, RunStatus
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import InvalidInput, NotFound
from core.services.application import Application
from core.services.experiments.experiments import list_experiments, needs_confirmation, plan, submit
from core.services.models.models import delete_models, get_model, list_models
from core.services.queue import run_lifecycle
from core.services.queue.runs import list_runs
from core.services.workers import workers
from core.testing.fakes import SettableClock
from core.testing.laboratory import CATALOGUE, WORKER, Laboratory

PRUNE = SweepStep("prune", {"sparsity": (0.5, 0.9)})
QUANTIZE = SweepStep("quantize", {"bits": (8, 4)})


@pytest.fixture
def request_(base: Model) -> ExperimentRequest:
    return ExperimentRequest(base.project_id, (base.id,), ((PRUNE, QUANTIZE),), name="first")


def problems(app: Application, request: ExperimentRequest) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        plan(app, request)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_the_preview_changes_nothing_and_counts_what_submit_makes(
    app: Application, request_: ExperimentRequest, base: Model
) -> None:
    preview = plan(app, request_)
    assert (preview.new_models, preview.reused_models, preview.runs) == (6, 0, 18)
    assert len(list_models(app, base.project_id)) == 1
    submitted = submit(app, request_)
    assert submitted.plan == preview
    made = {model.id: model for model in list_models(app, base.project_id)}
    assert set(made) == {base.id, *submitted.model_ids}
    assert len(list_runs(app)) == 3 + preview.runs
    assert submitted.experiment.models == 6
    assert list_experiments(app, base.project_id) == [submitted.experiment]
    assert {made[model_id].name for model_id in submitted.model_ids} == {
        "magnitude pruning 0.5",
        "magnitude pruning 0.9",
        "weight-only quantization 8 bit",
        "weight-only quantization 4 bit",
    }


def test_equal_models_are_used_again_not_made_again(app: Application, request_: ExperimentRequest) -> None:
    first = submit(app, request_)
    wider = replace(request_, recipes=((PRUNE, QUANTIZE), (SweepStep("prune", {"sparsity": (0.50, 0.7)}),)))
    again = submit(app, wider)
    assert (again.plan.new_models, again.plan.reused_models) == (1, 6)
    assert set(first.model_ids) < set(again.model_ids)
    assert again.in_words() == "1 model queued in 3 runs, 6 reused as they are."
    assert submit(app, request_).plan.runs == 0


def test_a_new_child_of_a_model_that_is_being_made_waits_for_it(
    app: Application, request_: ExperimentRequest
) -> None:
    submit(app, replace(request_, recipes=((PRUNE,),)))
    added = submit(app, request_)
    leaf = get_model(app, added.model_ids[-1])
    assert leaf.model.status is RunStatus.WAITING
    assert leaf.runs[0].waits_for == (get_model(app, leaf.lineage[-2].id).model.making_run_id,)


def test_asking_again_for_a_model_that_failed_tries_it_again(
    app: Application, request_: ExperimentRequest, laboratory: Laboratory
) -> None:
    submit(app, request_)
    run = laboratory.claim()
    assert run is not None
    run_lifecycle.fail(app, run.id, run.attempt, RunError("x", "x"))
    assert submit(app, request_).in_words() == "3 models tried again, 3 reused as they are."
    laboratory.play()
    assert all(model.ready for model in list_models(app, request_.project_id))


def test_seeds_multiply_only_what_depends_on_chance(app: Application, request_: ExperimentRequest) -> None:
    (worker,) = workers.list_workers(app)
    tune = replace(CATALOGUE.technique("fine-tune"), stochastic=True)
    others = tuple(spec for spec in CATALOGUE.techniques if spec.name != "fine-tune")
    workers.announce(app, worker, replace(CATALOGUE, techniques=(*others, tune)))
    recipes = ((SweepStep("prune", {"sparsity": (0.5,)}), SweepStep("fine-tune"), QUANTIZE),)
    preview = plan(app, replace(request_, recipes=recipes, seeds=(0, 1, 2)))
    assert [model.step.technique for model in preview.models].count("prune") == 1
    assert [model.seed for model in preview.models if model.step.technique == "fine-tune"] == [0, 1, 2]
    assert preview.new_models == 1 + 3 + 6


def test_every_mistake_is_named_at_its_field(app: Application, request_: ExperimentRequest) -> None:
    recipes = (
        (SweepStep("prnue", {}), SweepStep("prune", {"sparsity": (0.5, 7)})),
        (),
        (SweepStep("quantize", {"bits": ()}, LayerRules(("[",))),),
    )
    found = problems(
        app,
        replace(
            request_,
            recipes=recipes,
            base_ids=(ModelId(99),),
            seeds=(1, 1),
            queue="tpu",
            priority=5000,
            name="x" * 201,
        ),
    )
    assert set(found) == {
        *("recipes.0.steps.0.technique", "recipes.0.steps.1.parameters.sparsity.1", "recipes.1"),
        *("recipes.2.steps.0.parameters.bits", "recipes.2.steps.0.rules.include.0"),
        *("base_ids", "seeds", "queue", "priority", "name"),
    }
    assert "so the sweep is empty" in found["recipes.2.steps.0.parameters.bits"]


def test_near_matches_are_offered_for_an_unknown_technique(
    app: Application, request_: ExperimentRequest
) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(app, replace(request_, recipes=((SweepStep("quantise"),),)))
    assert caught.value.problems[0].hint.startswith("Did you mean quantize")


def test_a_deleted_base_is_named_with_when_and_what_to_do(
    app: Application, request_: ExperimentRequest, base: Model, clock: SettableClock
) -> None:
    delete_models(app, [base.id])
    found = problems(app, request_)
    assert found == {"base_ids": f"The model {base.name} ({base.id}) was deleted at 2026-01-31 12:00 UTC."}


def test_an_empty_request_says_what_is_missing(app: Application, request_: ExperimentRequest) -> None:
    found = problems(app, replace(request_, base_ids=(), recipes=(), seeds=()))
    assert found == {
        "base_ids": "No base model is chosen.",
        "recipes": "There is no recipe.",
        "seeds": "There is no seed.",
    }
    with pytest.raises(NotFound, match="no project with id 99"):
        submit(app, replace(request_, project_id=ProjectId(99)))


def test_a_large_sweep_asks_for_confirmation_and_a_huge_one_is_refused(
    app: Application, request_: ExperimentRequest
) -> None:
    values = tuple(number / 100 for number in range(12))
    large = replace(request_, recipes=((SweepStep("prune", {"sparsity": values}),),))
    assert needs_confirmation(app, plan(app, large))
    with pytest.raises(InvalidInput, match="12 new models") as caught:
        submit(app, large)
    assert caught.value.problems[0].field == "confirmed"
    assert list_experiments(app) == []
    assert len(submit(app, replace(large, confirmed=True)).model_ids) == 12
    many = tuple(number / 1e6 for number in range(1000))
    huge = replace(large, recipes=((SweepStep("prune", {"sparsity": many}),) * 3,), confirmed=True)
    assert "1,001,001,000 models; at most 1,000" in problems(app, huge)["recipes"]


def test_before_any_worker_came_what_is_built_in_can_be_planned(
    app: Application, request_: ExperimentRequest, clock: SettableClock
) -> None:
    with app.unit_of_work.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM workers")
    recipe = (SweepStep("magnitude-pruning", {"sparsity": (0.5,)}),)
    assert plan(app, replace(request_, recipes=(recipe,))).new_models == 1
    assert "no technique named 'prune'" in problems(app, request_)["recipes.0.steps.0.technique"]
    clock.advance(1)
    assert run_lifecycle.claim(app, RunId(1), WORKER) is None
