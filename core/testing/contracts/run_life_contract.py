"""What the life of a run promises on every database; subclass it in a test module with an `app` fixture."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from core.domain.ids import ModelId, RunId, WorkerId
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunError, RunKind, RunStatus
from core.domain.queue.training_curve import CurvePoint
from core.domain.recipe import SweepStep
from core.errors import Conflict, CorruptArtifact, NotFound
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.models.models import delete_models, get_model, list_models
from core.services.queue import run_lifecycle, runs
from core.services.queue.training_curves import curves_of_model, curves_of_run
from core.testing.fakes import RecordingDispatcher, SettableClock
from core.testing.laboratory import WORKER, Laboratory

OTHER = WorkerId("other")
LEASE_S = 60.0


class RunLifeContract:
    """Claims, leases, ends and their consequences. Runs of a chain: base, its child, its grandchild."""

    @pytest.fixture
    def laboratory(self, app: Application) -> Laboratory:
        laboratory = Laboratory(app)
        laboratory.open()
        project = laboratory.project()
        base = laboratory.base(project)
        steps = (SweepStep("prune", {"sparsity": (0.5,)}), SweepStep("quantize", {"bits": (4,)}))
        submit(app, ExperimentRequest(project.id, (base.id,), (steps,)))
        return laboratory

    def status(self, app: Application) -> dict[tuple[int, str], str]:
        """Return the status of each run by model and kind; `make` for what makes the model."""
        making = {RunKind.TRAIN, RunKind.COMPRESS}
        return {
            (row.run.model_id, "make" if row.run.kind in making else row.run.kind.value): row.run.status.value
            for row in runs.list_runs(app)
        }

    def run_of(self, app: Application, model: int, kind: RunKind) -> Run:
        return next(
            row.run for row in runs.list_runs(app) if row.run.model_id == model and row.run.kind is kind
        )

    def test_only_what_needs_nothing_is_queued(self, app: Application, laboratory: Laboratory) -> None:
        queued = [key for key, status in self.status(app).items() if status == "queued"]
        assert queued == [(1, "make")]
        assert self.run_of(app, 2, RunKind.COMPRESS).waits_for == (self.run_of(app, 1, RunKind.TRAIN).id,)

    def test_a_claim_holds_until_success_which_wakes_dependants(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        assert (run.status, run.attempt, run.worker_id) == (RunStatus.RUNNING, 1, WORKER)
        assert run_lifecycle.claim(app, run.id, OTHER) is None
        run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
        status = self.status(app)
        assert status[1, "make"] == "succeeded"
        assert [status[key] for key in ((1, "evaluate"), (1, "profile"), (2, "make"))] == ["queued"] * 3
        assert status[3, "make"] == "waiting"

    def test_everything_is_made_exactly_once(self, app: Application, laboratory: Laboratory) -> None:
        assert laboratory.play() == 9
        assert set(self.status(app).values()) == {"succeeded"}
        models = list_models(app, get_model(app, list_ids(app)[0]).model.project_id)
        assert all(model.ready and model.work == 0 and "top1" in model.metrics for model in models)

    def test_racing_claims_take_each_run_once(self, app: Application, laboratory: Laboratory) -> None:
        laboratory.play(1)
        model = get_model(app, list_ids(app)[0]).model
        values = tuple(round(0.01 * index, 2) for index in range(1, 41))
        recipe = (SweepStep("prune", {"sparsity": values}),)
        submit(app, ExperimentRequest(model.project_id, (model.id,), (recipe,)))
        taken = race(8, lambda name: claim_all(app, WorkerId(name)))
        assert (
            len(taken) == 40 + 3 - 1 + 1
        )  # the sweep has 0.5 of the chain; evaluate and profile of the base
        assert set(Counter(taken).values()) == {1}

    def test_priority_goes_first_then_age(self, app: Application, laboratory: Laboratory) -> None:
        laboratory.play(1)
        profile = self.run_of(app, 1, RunKind.PROFILE)
        runs.set_priority(app, [profile.id], priority=5)
        claimed = [laboratory.claim() for _ in range(3)]
        kinds = [run.kind for run in claimed if run]
        assert kinds == [RunKind.PROFILE, RunKind.EVALUATE, RunKind.COMPRESS]

    def test_claims_keep_to_their_queues(self, app: Application, laboratory: Laboratory) -> None:
        assert run_lifecycle.claim_next(app, WORKER, queues=("gpu",)) is None

    def test_failure_skips_all_that_needs_it(self, app: Application, laboratory: Laboratory) -> None:
        run = laboratory.claim()
        assert run is not None
        error = RunError("out-of-memory", "Too large.", "Take less.", "Traceback ...")
        run_lifecycle.fail(app, run.id, run.attempt, error)
        assert runs.get_run(app, run.id).error == error
        status = self.status(app)
        assert status.pop((1, "make")) == "failed"
        assert set(status.values()) == {"skipped"}

    def test_retry_brings_back_what_was_skipped(self, app: Application, laboratory: Laboratory) -> None:
        run = laboratory.claim()
        assert run is not None
        run_lifecycle.fail(app, run.id, run.attempt, RunError("x", "x"))
        assert len(runs.retry_runs(app, [run.id])) == 9
        assert Counter(self.status(app).values()) == {"queued": 1, "waiting": 8}
        assert runs.get_run(app, run.id).error is None
        assert laboratory.play() == 9

    def test_retry_of_a_skipped_run_retries_what_it_needs(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        run_lifecycle.fail(app, run.id, run.attempt, RunError("x", "x"))
        assert run.id in runs.retry_runs(app, [self.run_of(app, 3, RunKind.PROFILE).id])
        assert laboratory.play() == 9

    def test_a_dropped_run_is_tried_again_until_lost(self, app: Application, laboratory: Laboratory) -> None:
        ends = []
        for _ in range(3):
            run = laboratory.claim()
            assert run is not None
            ends.append(run_lifecycle.drop(app, run.id, run.attempt))
        assert ends == ["queued", "queued", "lost"]
        assert self.status(app)[3, "evaluate"] == "skipped"

    def test_retry_makes_again_what_was_damaged(self, app: Application, laboratory: Laboratory) -> None:
        """The played checkpoints are in no store, so that the base's counts as missing."""
        laboratory.play(3)
        run = self.run_of(app, 2, RunKind.COMPRESS)
        attempt = run_lifecycle.claim(app, run.id, WORKER)
        assert attempt is not None
        run_lifecycle.fail(app, run.id, attempt.attempt, RunError(CorruptArtifact.code, "Cut."))
        back = runs.retry_runs(app, [run.id])
        assert {self.run_of(app, 1, RunKind.TRAIN).id, run.id} <= set(back)
        status = self.status(app)
        assert (status[1, "make"], status[2, "make"], status[3, "make"]) == ("queued", "waiting", "waiting")
        assert laboratory.play() == 7
        assert set(self.status(app).values()) == {"succeeded"}

    def test_retry_after_another_error_leaves_parents_alone(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        laboratory.play(3)
        run = self.run_of(app, 2, RunKind.COMPRESS)
        attempt = run_lifecycle.claim(app, run.id, WORKER)
        assert attempt is not None
        run_lifecycle.fail(app, run.id, attempt.attempt, RunError("x", "x"))
        assert self.run_of(app, 1, RunKind.TRAIN).id not in runs.retry_runs(app, [run.id])

    def test_cancel_of_idle_runs_is_immediate(self, app: Application, laboratory: Laboratory) -> None:
        laboratory.play(1)
        making = self.run_of(app, 2, RunKind.COMPRESS)
        assert runs.cancel_runs(app, [making.id]) == (making.id,)
        status = self.status(app)
        assert status[2, "make"] == "cancelled"
        assert [status[key] for key in ((2, "evaluate"), (3, "make"), (3, "profile"))] == ["skipped"] * 3
        assert status[1, "evaluate"] == "queued"

    def test_cancel_of_a_running_run_is_asked_of_its_worker(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        assert run_lifecycle.renew(app, run.id, run.attempt) is False
        runs.cancel_runs(app, [run.id])
        assert run_lifecycle.renew(app, run.id, run.attempt) is True
        run_lifecycle.mark_cancelled(app, run.id, run.attempt)
        assert self.status(app)[1, "make"] == "cancelled"
        assert self.status(app)[2, "make"] == "skipped"

    def test_a_renewed_lease_lasts(
        self, app: Application, laboratory: Laboratory, clock: SettableClock
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        for _ in range(3):
            clock.advance(LEASE_S * 0.9)
            run_lifecycle.renew(app, run.id, run.attempt)
            assert run_lifecycle.sweep(app).requeued == ()

    def test_an_expired_lease_is_tried_again_until_lost(
        self, app: Application, laboratory: Laboratory, clock: SettableClock
    ) -> None:
        for attempt in (1, 2, 3):
            run = laboratory.claim()
            assert run is not None
            assert run.attempt == attempt
            clock.advance(LEASE_S + 1)
            report = run_lifecycle.sweep(app)
            assert (report.requeued, report.lost) == (((run.id,), ()) if attempt < 3 else ((), (run.id,)))
        assert self.status(app)[1, "make"] == "lost"
        assert self.status(app)[3, "evaluate"] == "skipped"
        assert self.run_of(app, 1, RunKind.TRAIN).error is not None

    def test_an_expired_run_that_was_to_be_cancelled_is_cancelled(
        self, app: Application, laboratory: Laboratory, clock: SettableClock
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        runs.cancel_runs(app, [run.id])
        clock.advance(LEASE_S + 1)
        assert run_lifecycle.sweep(app).cancelled == (run.id,)

    def test_racing_sweeps_take_a_run_once(
        self, app: Application, laboratory: Laboratory, clock: SettableClock
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        clock.advance(LEASE_S + 1)
        assert race(4, lambda _: list(run_lifecycle.sweep(app).requeued)) == [run.id]

    def test_results_of_an_older_attempt_are_refused(self, app: Application, laboratory: Laboratory) -> None:
        first = laboratory.claim()
        assert first is not None
        assert run_lifecycle.expire(app, WORKER).requeued == (first.id,)
        second = laboratory.claim()
        assert second is not None
        with pytest.raises(Conflict, match="Attempt 1 does not hold run"):
            run_lifecycle.succeed(app, first.id, first.attempt, laboratory.results(first))
        with pytest.raises(Conflict):
            run_lifecycle.report_progress(app, first.id, first.attempt, 0.9)
        with pytest.raises(Conflict):
            run_lifecycle.renew(app, first.id, first.attempt)
        assert get_model(app, first.model_id).model.artifact is None
        run_lifecycle.succeed(app, second.id, second.attempt, laboratory.results(second))

    def test_a_released_run_loses_no_try(self, app: Application, laboratory: Laboratory) -> None:
        for _ in range(5):
            run = laboratory.claim()
            assert run is not None
            run_lifecycle.release(app, run.id, run.attempt)
        again = self.run_of(app, 1, RunKind.TRAIN)
        assert (again.status, again.attempt, again.max_attempts) == (RunStatus.QUEUED, 5, 8)

    def test_progress_shows_on_run_and_model(self, app: Application, laboratory: Laboratory) -> None:
        run = laboratory.claim()
        assert run is not None
        run_lifecycle.report_progress(app, run.id, run.attempt, 0.25, "epoch 1")
        found = runs.get_run(app, run.id)
        assert (found.progress, found.progress_message) == (0.25, "epoch 1")
        assert get_model(app, run.model_id).model.progress == 0.25

    def test_training_curves_of_every_attempt_are_kept(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        first = laboratory.claim()
        assert first is not None
        points = [CurvePoint(10 * n, n / 2, {"loss": 2.0 / n, "top1": n / 10}) for n in (1, 2, 3)]
        run_lifecycle.report_progress(app, first.id, first.attempt, 0.1, curve=points[:2])
        run_lifecycle.report_progress(app, first.id, first.attempt, 0.2, curve=points[2:])
        run_lifecycle.expire(app, WORKER)
        second = laboratory.claim()
        assert second is not None
        diverged = CurvePoint(10, 0.5, {"loss": math.nan})
        run_lifecycle.report_progress(app, second.id, second.attempt, 0.1, curve=[diverged])
        with pytest.raises(Conflict):
            run_lifecycle.report_progress(app, first.id, first.attempt, 0.3, curve=points)
        run_lifecycle.fail(app, second.id, second.attempt, RunError("diverged", "It diverged."))
        before, last = curves_of_run(app, first.id)
        assert (before.attempt, before.points) == (1, tuple(points))
        assert before.series("top1") == ((10, 0.5, 0.1), (20, 1.0, 0.2), (30, 1.5, 0.3))
        assert last.attempt == 2
        assert math.isnan(last.points[0].values["loss"])
        assert curves_of_model(app, first.model_id)[0].names == ("loss", "top1")
        assert runs.retry_runs(app, [second.id])
        assert len(curves_of_run(app, first.id)) == 2

    def test_deleting_a_model_cancels_its_runs(self, app: Application, laboratory: Laboratory) -> None:
        model = get_model(app, list_ids(app)[0]).model
        with pytest.raises(Conflict, match="2 models were made from these"):
            delete_models(app, [model.id])
        assert len(delete_models(app, [model.id], with_descendants=True)) == 3
        assert set(self.status(app).values()) <= {"cancelled", "skipped"}
        assert list_models(app, model.project_id) == []

    def test_nothing_is_lost_while_the_broker_is_down(
        self, app: Application, laboratory: Laboratory, dispatcher: RecordingDispatcher
    ) -> None:
        dispatcher.announced.clear()
        dispatcher.reachable = False
        laboratory.play(1)
        model = get_model(app, list_ids(app)[0]).model
        recipe = (SweepStep("quantize", {"bits": (2,)}),)
        assert submit(app, ExperimentRequest(model.project_id, (model.id,), (recipe,))).announced is False
        assert dispatcher.announced == []
        dispatcher.reachable = True
        queued = {row.run.id for row in runs.list_runs(app) if row.run.status is RunStatus.QUEUED}
        assert run_lifecycle.sweep(app).sent == len(queued) == 4
        assert dict(dispatcher.announced) == dict.fromkeys(queued, "cpu")
        assert run_lifecycle.sweep(app).sent == 0

    def test_an_announcement_that_was_lost_is_repeated(
        self,
        app: Application,
        laboratory: Laboratory,
        clock: SettableClock,
        dispatcher: RecordingDispatcher,
    ) -> None:
        assert [queue for _, queue in dispatcher.announced] == ["cpu"]
        clock.advance(11)
        assert run_lifecycle.dispatch_unsent(app, queues=("gpu",), older_than_s=10).sent == 0
        assert run_lifecycle.dispatch_unsent(app, queues=("gpu", "cpu"), older_than_s=10).sent == 1
        assert run_lifecycle.dispatch_unsent(app, queues=("cpu",), older_than_s=10).sent == 0
        clock.advance(app.limits.resend_s + 1)
        assert run_lifecycle.sweep(app).sent == 1

    def test_unknown_runs_are_named(self, app: Application, laboratory: Laboratory) -> None:
        assert run_lifecycle.claim(app, RunId(99), WORKER) is None
        with pytest.raises(NotFound, match="99"):
            run_lifecycle.renew(app, RunId(99), 1)
        with pytest.raises(NotFound, match="98, 99"):
            runs.cancel_runs(app, [RunId(98), RunId(99)])


def list_ids(app: Application) -> list[ModelId]:
    """Return the ids of models with runs, smallest first."""
    return sorted({row.run.model_id for row in runs.list_runs(app)})


def claim_all(app: Application, worker_id: WorkerId) -> list[RunId]:
    """Claim until nothing is left."""
    taken = []
    while (run := run_lifecycle.claim_next(app, worker_id, queues=("cpu",))) is not None:
        taken.append(run.id)
    return taken


def race(threads: int, work: Callable[[str], list[RunId]]) -> list[RunId]:
    """Let threads do the work at the same time; return all they took, and raise what one raised."""
    taken: list[RunId] = []
    raised: list[BaseException] = []
    gate = threading.Barrier(threads)

    def run(name: str) -> None:
        try:
            gate.wait(10)
            taken.extend(work(name))
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    racers = [threading.Thread(target=run, args=(f"racer-{number}",)) for number in range(threads)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    if raised:
        raise raised[0]
    return taken
