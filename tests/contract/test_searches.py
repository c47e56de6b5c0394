"""Searches on both databases: what they find, that one proposes at a time, how they are taken up again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.domain.ids import ExperimentId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.experiment_progress import ExperimentState, SearchProgress
from core.domain.queue.run import RunError, RunStatus
from core.domain.recipe import SweepStep
from core.domain.search.selection import Sample, Search, Selection
from core.domain.search.trials import TrialState
from core.errors import InvalidInput
from core.services.application import Application
from core.services.experiments.experiments import plan, submit
from core.services.experiments.lifecycle import (
    cancel_experiment,
    get_progress,
    pause_experiment,
    resume_experiment,
    retry_experiment,
)
from core.services.models.models import get_model, list_models
from core.services.queue import run_lifecycle
from core.services.search.advancing import advance_searches
from core.testing.laboratory import Laboratory

STEPS = (
    SweepStep("prune", {"sparsity": tuple(step / 10 for step in range(10))}),
    SweepStep("quantize", {"bits": (8, 4)}),
)
SEARCH = Search(minimize=("file_bytes",), at_least={"top1@recovery": 0.97}, models=5, at_once=1)


@pytest.fixture
def base(laboratory: Laboratory) -> Model:
    laboratory.open()
    made = laboratory.base(laboratory.project())
    laboratory.play()
    return made


def start(app: Application, base: Model, search: Search = SEARCH) -> ExperimentId:
    request = ExperimentRequest(base.project_id, (base.id,), (STEPS,), selection=Selection(search=search))
    return submit(app, request).experiment.id


def play(laboratory: Laboratory, most: int = 1000) -> None:
    """Carry out runs as a worker does, which has searches propose after each."""
    for _ in range(most):
        if not laboratory.play_one():
            return
        advance_searches(laboratory.app)


def found(app: Application, experiment: ExperimentId) -> SearchProgress:
    search = get_progress(app, experiment).search
    assert search is not None
    return search


def test_a_search_ends_with_a_model_that_meets_its_conditions(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    search = start(app, base, replace(SEARCH, models=8, at_once=3))
    play(laboratory)
    progress = get_progress(app, search)
    assert progress.state is ExperimentState.DONE
    assert progress.experiment.search_ended == "Ended: 8 models tried, as many as it may."
    (best,) = found(app, search).standing.best
    model = get_model(app, best.model_id).model
    assert model.metrics["top1@recovery"] >= 0.97
    assert model.metrics["file_bytes"] == best.values["file_bytes"] < 150_000
    assert f"best so far model {model.id}, file size" in found(app, search).in_words
    last = found(app, search).trials[-1].reason
    assert last.startswith(f"Trial {len(found(app, search).trials)}: sparsity ")
    assert "proposed by TPE from" in last
    assert "best so far: model" in last


def test_equal_results_lead_to_equal_proposals_whoever_proposes(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    """Nothing is remembered between proposals but what is in the database."""
    wanted = Search(minimize=("file_bytes",), maximize=("top1",), models=5, at_once=1)
    first = start(app, base, wanted)
    play(laboratory)
    second = start(app, base, wanted)
    assert laboratory.play_one() is False, "every model of the second search exists already"
    assert [one.picks for one in found(app, first).trials] == [one.picks for one in found(app, second).trials]
    assert get_progress(app, second).experiment.search_ended == "Ended: 5 models tried, as many as it may."
    assert get_progress(app, second).experiment.models == 0


def test_a_proposal_that_was_lost_is_made_by_whoever_looks_next(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    search = start(app, base)
    laboratory.play()
    assert len(found(app, search).trials) == 1, "whoever ended the last run died before it proposed"
    assert advance_searches(app) == 1
    assert advance_searches(app) == 0
    assert [trial.state for trial in found(app, search).trials] == [TrialState.DONE, TrialState.OPEN]


def test_one_proposes_at_a_time(app: Application, laboratory: Laboratory, base: Model) -> None:
    search = start(app, base, replace(SEARCH, at_once=2))
    laboratory.play()
    barrier = threading.Barrier(4)

    def look(_: int) -> int:
        barrier.wait(10)
        return advance_searches(app)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(4))) == 2
    trials = found(app, search).trials
    assert [trial.number for trial in trials] == [1, 2, 3, 4]
    assert len({trial.model_id for trial in trials}) == 4


def test_a_branch_that_misses_a_condition_is_not_made_any_further(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    steps = (SweepStep("prune", {"sparsity": (0.9,)}), SweepStep("quantize", {"bits": (8, 4)}))
    selection = Selection(search=replace(SEARCH, at_once=1))
    request = ExperimentRequest(base.project_id, (base.id,), (steps,), selection=selection)
    search = submit(app, request).experiment.id
    play(laboratory)
    (pruned,) = found(app, search).trials
    assert pruned.state is TrialState.PRUNED
    assert "magnitude pruning 0.9 has Top-1 accuracy · recovery 64.1 %" in pruned.told
    assert get_progress(app, search).experiment.search_ended == (
        "Ended: 1 of 2 combinations were tried, the rest is ruled out."
    )


def test_a_branch_that_training_may_recover_is_made(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    steps = (SweepStep("prune", {"sparsity": (0.9,)}), SweepStep("fine-tune", {"epochs": (2, 3)}))
    request = ExperimentRequest(base.project_id, (base.id,), (steps,), selection=Selection(search=SEARCH))
    search = submit(app, request).experiment.id
    play(laboratory)
    assert [trial.state for trial in found(app, search).trials] == [TrialState.DONE, TrialState.DONE]


def test_pause_cancel_and_retry(app: Application, laboratory: Laboratory, base: Model) -> None:
    search = start(app, base, replace(SEARCH, models=2))
    pause_experiment(app, search)
    assert laboratory.claim() is None
    resume_experiment(app, search)
    play(laboratory, 3)
    assert len(found(app, search).trials) == 1
    pause_experiment(app, search)
    resume_experiment(app, search)
    cancel_experiment(app, search)
    progress = get_progress(app, search)
    assert progress.state is ExperimentState.CANCELLED
    assert progress.experiment.search_ended.startswith("Ended: cancelled by ")
    play(laboratory)
    assert len(found(app, search).trials) == len(progress.search.trials if progress.search else ())
    retry_experiment(app, search)
    assert found(app, search).trials[-1].state is TrialState.OPEN
    play(laboratory)
    assert get_progress(app, search).state is ExperimentState.DONE


def test_failures_end_a_search_with_the_reason(app: Application, laboratory: Laboratory, base: Model) -> None:
    search = start(app, base)
    while (run := laboratory.claim()) is not None:
        run_lifecycle.fail(app, run.id, run.attempt, RunError("broken", "The disk is full."))
        advance_searches(app)
    progress = get_progress(app, search)
    assert progress.state is ExperimentState.FAILED
    assert "5 trials in a row had no result" in progress.experiment.search_ended
    assert progress.experiment.search_ended.endswith("was not made: The disk is full.")
    assert progress.tally.runs[RunStatus.FAILED] == 5


def test_two_goals_keep_every_model_that_no_other_beats(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    wanted = Search(minimize=("file_bytes",), maximize=("top1",), models=6, patience=0)
    search = start(app, base, wanted)
    play(laboratory)
    front = sorted(found(app, search).standing.best, key=lambda one: one.values["file_bytes"])
    assert len(front) > 1
    accuracies = [one.values["top1"] for one in front]
    assert accuracies == sorted(accuracies), "a larger model is there only if it is more accurate"
    assert f"{len(front)} models that no other beats" in found(app, search).in_words


def test_a_sample_is_the_same_for_the_same_seed(app: Application, base: Model) -> None:
    def sampled(seed: int) -> set[str]:
        selection = Selection(sample=Sample(7, seed))
        wanted = ExperimentRequest(base.project_id, (base.id,), (STEPS,), selection=selection)
        planned = plan(app, wanted)
        assert planned.combinations == 20
        leaves = [one for one in planned.models if one.step.technique == "quantize"]
        assert len(leaves) == 7
        return {one.identity for one in leaves}

    assert sampled(1) == sampled(1) != sampled(2)


def test_a_list_of_combinations_is_made_as_it_stands(app: Application, base: Model) -> None:
    rows = ({"sparsity": 0.5, "bits": 8}, {"sparsity": 0.5, "2.bits": 3})
    wanted = ExperimentRequest(base.project_id, (base.id,), (STEPS,), selection=Selection(combinations=rows))
    submit(app, wanted)
    made = [one for one in list_models(app, base.project_id) if one.step is not None]
    assert [one.name for one in made] == [
        "magnitude pruning 0.5",
        "weight-only quantization 8 bit",
        "weight-only quantization 3 bit",
    ]
    wrong = replace(wanted, selection=Selection(combinations=({"bits": 99}, {"width": 1})))
    with pytest.raises(InvalidInput) as refused:
        plan(app, wrong)
    fields = {problem.field for problem in refused.value.problems}
    assert {"combinations.0.sparsity", "combinations.1.width", "combinations.1.bits"} <= fields


def test_what_cannot_be_searched_is_refused_with_every_reason(app: Application, base: Model) -> None:
    wrong = Search(minimize=("size",), at_least={"top1": 0.99}, models=0)
    request = ExperimentRequest(
        base.project_id, (base.id,), (STEPS,), seeds=(0, 1), selection=Selection(search=wrong)
    )
    with pytest.raises(InvalidInput) as refused:
        plan(app, request)
    assert {problem.field for problem in refused.value.problems} == {
        "search.minimize.0",
        "search.models",
        "seeds",
    }
    unreachable = replace(
        request,
        seeds=(0,),
        selection=Selection(search=Search(minimize=("file_bytes",), at_least={"top1": 0.99})),
    )
    with pytest.raises(InvalidInput, match="Nothing can be found: residual CNN has Top-1 accuracy 96"):
        plan(app, unreachable)
