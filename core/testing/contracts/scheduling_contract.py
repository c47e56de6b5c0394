"""Who is next on every database; subclass it in a test module with an `app` fixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.domain.ids import ExperimentId, RunId, WorkerId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.experiments.lifecycle import get_progress, pause_experiment, resume_experiment
from core.services.models.models import get_model, list_models
from core.services.projects.project_settings import SettingsChange, change_settings
from core.services.projects.projects import get_project
from core.services.queue import run_lifecycle, runs
from core.services.workers.workers import drain
from core.testing.fakes import RecordingDispatcher, SettableClock, acting_as
from core.testing.laboratory import WORKER, Laboratory


class SchedulingContract:
    """Fair shares, pauses, limits and drained workers; the base model is made and measured."""

    @pytest.fixture
    def laboratory(self, app: Application) -> Laboratory:
        laboratory = Laboratory(app)
        laboratory.open()
        return laboratory

    @pytest.fixture
    def base(self, app: Application, laboratory: Laboratory) -> Model:
        made = laboratory.base(laboratory.project())
        laboratory.play()
        return made

    def sweep(
        self, app: Application, base: Model, values: Sequence[float], priority: int = 0
    ) -> ExperimentId:
        step = SweepStep("prune", {"sparsity": tuple(values)})
        request = ExperimentRequest(base.project_id, (base.id,), ((step,),), priority=priority)
        return submit(app, request).experiment.id

    def order(self, laboratory: Laboratory, clock: SettableClock, count: int) -> list[Run]:
        """Claim and end `count` runs one after the other, as a worker with one slot does."""
        claimed = []
        for _ in range(count):
            clock.advance(1)
            run = laboratory.claim()
            assert run is not None
            run_lifecycle.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
            claimed.append(run)
        return claimed

    def test_experiments_of_a_person_take_turns(
        self, app: Application, laboratory: Laboratory, base: Model, clock: SettableClock
    ) -> None:
        long = self.sweep(app, base, [0.1, 0.2, 0.3, 0.4])
        self.order(laboratory, clock, 1)
        small = self.sweep(app, base, [0.5])
        taken = [run.experiment_id for run in self.order(laboratory, clock, 4)]
        assert taken == [small, long, small, long]

    def test_people_take_turns_whatever_they_queued(
        self, app: Application, laboratory: Laboratory, base: Model, clock: SettableClock
    ) -> None:
        anna, ben = acting_as(app, "anna"), acting_as(app, "ben")
        for value in (0.1, 0.2, 0.3):
            self.sweep(anna, base, [value])
        self.sweep(ben, base, [0.5])
        assert [run.author for run in self.order(laboratory, clock, 4)] == ["anna", "ben", "anna", "ben"]

    def test_slots_go_to_whom_has_fewest(self, app: Application, laboratory: Laboratory, base: Model) -> None:
        anna, ben = acting_as(app, "anna"), acting_as(app, "ben")
        self.sweep(anna, base, [0.1, 0.2, 0.3])
        assert [run.author for run in (laboratory.claim(), laboratory.claim()) if run] == ["anna", "anna"]
        self.sweep(ben, base, [0.5, 0.6, 0.7])
        assert [run.author for run in (laboratory.claim(), laboratory.claim()) if run] == ["ben", "ben"]

    def test_an_urgent_run_overtakes_a_sweep(
        self, app: Application, laboratory: Laboratory, base: Model, clock: SettableClock
    ) -> None:
        self.sweep(app, base, [0.1, 0.2, 0.3])
        urgent = self.sweep(app, base, [0.5], priority=100)
        taken = self.order(laboratory, clock, 4)
        assert [run.experiment_id == urgent for run in taken] == [True, True, True, False]

    def test_a_paused_experiment_starts_nothing(
        self, app: Application, laboratory: Laboratory, base: Model, dispatcher: RecordingDispatcher
    ) -> None:
        experiment = self.sweep(app, base, [0.1, 0.2])
        going = laboratory.claim()
        assert going is not None
        pause_experiment(app, experiment)
        dispatcher.announced.clear()
        assert laboratory.claim() is None
        assert get_progress(app, experiment).state.value == "paused"
        run_lifecycle.succeed(app, going.id, going.attempt, laboratory.results(going))
        assert run_lifecycle.dispatch_unsent(app).sent == 0
        reasons = {row.reason for row in runs.list_runs(app) if row.run.status is RunStatus.QUEUED}
        assert reasons == {"its experiment is paused"}
        resume_experiment(app, experiment)
        queued = {row.run.id for row in runs.list_runs(app) if row.run.status is RunStatus.QUEUED}
        assert {run_id for run_id, _ in dispatcher.announced} == queued
        assert laboratory.play() == 5

    def test_a_project_carries_out_as_many_runs_as_it_may(
        self, app: Application, laboratory: Laboratory, base: Model, dispatcher: RecordingDispatcher
    ) -> None:
        change_settings(app, base.project_id, SettingsChange(most_running=1))
        self.sweep(app, base, [0.1, 0.2])
        first = laboratory.claim()
        assert first is not None
        assert laboratory.claim() is None
        waiting = next(row for row in runs.list_runs(app) if row.run.status is RunStatus.QUEUED)
        assert waiting.reason == "its project carries out at most 1 runs at once"
        assert run_lifecycle.claim(app, waiting.run.id, WORKER) is None
        dispatcher.announced.clear()
        run_lifecycle.succeed(app, first.id, first.attempt, laboratory.results(first))
        run_lifecycle.dispatch_unsent(app)
        assert waiting.run.id in {run_id for run_id, _ in dispatcher.announced}
        change_settings(app, base.project_id, SettingsChange(most_running=0))
        assert get_project(app, base.project_id).most_running is None
        assert laboratory.claim() is not None
        assert laboratory.claim() is not None
        with pytest.raises(InvalidInput, match="limit of runs"):
            change_settings(app, base.project_id, SettingsChange(most_running=-1))

    def test_a_drained_worker_takes_no_more_runs(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        self.sweep(app, base, [0.1])
        drain(app, WORKER)
        assert laboratory.claim() is None
        (queued,) = (row for row in runs.list_runs(app) if row.run.status is RunStatus.QUEUED)
        assert queued.reason == "every cpu worker is drained"
        drain(app, WORKER, undo=True)
        assert laboratory.claim() is not None
        with pytest.raises(NotFound, match="No worker elsewhere"):
            drain(app, WorkerId("elsewhere"))

    def test_a_worker_takes_what_starts_from_its_own_models_first(
        self, app: Application, laboratory: Laboratory, base: Model, clock: SettableClock
    ) -> None:
        self.sweep(app, base, [0.1, 0.2, 0.3])
        mine, other = laboratory.claim(), self._claim_elsewhere(app)
        assert mine is not None
        run_lifecycle.succeed(app, mine.id, mine.attempt, laboratory.results(mine))
        following = laboratory.claim()
        assert following is not None
        assert following.model_id == mine.model_id
        assert other != following.id

    def test_what_follows_a_model_that_misses_its_budget_is_given_up(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        change_settings(app, base.project_id, SettingsChange(budgets={"top1": 0.9}))
        steps = (SweepStep("prune", {"sparsity": (0.5, 0.99)}), SweepStep("quantize", {"bits": (8, 4)}))
        request = ExperimentRequest(base.project_id, (base.id,), (steps,), give_up_margin=0.05)
        made = submit(app, request)
        (pruned,) = (one for one in list_models(app, base.project_id) if one.name.endswith("0.5"))
        waiting = next(run for run in get_model(app, pruned.id).runs if run.kind is RunKind.EVALUATE)
        child = next(one for one in list_models(app, base.project_id) if one.parent_id == pruned.id)
        assert waiting.id in get_model(app, child.id).runs[0].waits_for, "the step waits for the evaluation"
        laboratory.play()
        rows = [row for row in runs.list_runs(app) if row.run.experiment_id == made.experiment.id]
        skipped = [row for row in rows if row.run.status is RunStatus.SKIPPED]
        assert len(skipped) == 2 * 3, "two models, each made, evaluated and profiled"
        assert {row.reason for row in skipped} == {
            "Given up early: magnitude pruning 0.99 has Top-1 accuracy 22.2 %, and the budget is 90.0 %."
        }
        assert runs.retry_runs(app, [skipped[0].run.id])
        assert laboratory.play() == 3

    def test_giving_up_needs_a_budget_that_the_base_meets(self, app: Application, base: Model) -> None:
        step = SweepStep("prune", {"sparsity": (0.5,)})
        request = ExperimentRequest(base.project_id, (base.id,), ((step,),), give_up_margin=0.05)
        with pytest.raises(InvalidInput, match="no budget on a quality metric"):
            submit(app, request)
        change_settings(app, base.project_id, SettingsChange(budgets={"top1": 0.99}))
        assert submit(app, request).plan.new_models == 1, "3 points below are within the margin"
        change_settings(app, base.project_id, SettingsChange(budgets={"top1": 1.5}))
        with pytest.raises(InvalidInput, match="Everything would be given up"):
            submit(app, replace(request, recipes=((SweepStep("prune", {"sparsity": (0.6,)}),),)))

    def _claim_elsewhere(self, app: Application) -> RunId:
        run = run_lifecycle.claim_next(app, WorkerId("elsewhere"), queues=("cpu",))
        assert run is not None
        return run.id
