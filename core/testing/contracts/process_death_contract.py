"""What becomes of runs whose process dies, on every database; part of the life of a run."""

from __future__ import annotations

from core.domain.ids import RunId
from core.domain.queue.run import DIED, RunError
from core.services.application import Application
from core.services.queue import run_lifecycle, runs
from core.testing.contracts.run_life_contract import RunLifeContract
from core.testing.laboratory import Laboratory


class ProcessDeathContract(RunLifeContract):
    """Another try for each death, but no second one at the same step; with all of `RunLifeContract`."""

    def test_a_run_whose_process_dies_is_tried_again_until_failed(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        ends, told = [], []
        for done in (0.2, 0.6, 0.9):
            run = laboratory.claim()
            assert run is not None
            run_lifecycle.report_progress(app, run.id, run.attempt, done, "epoch 1 of 2")
            ends.append(run_lifecycle.crash(app, run.id, run.attempt, RunError(DIED, "Killed by SIGKILL.")))
            error = runs.get_run(app, run.id).error
            assert error is not None
            told.append(error.message)
        assert ends == ["queued", "queued", "failed"]
        assert told == [
            'Killed by SIGKILL. It was at "epoch 1 of 2", 20 % done. Try 2 of 3 follows.',
            'Killed by SIGKILL. It was at "epoch 1 of 2", 60 % done. Try 3 of 3 follows.',
            (
                'Killed by SIGKILL. It was at "epoch 1 of 2", 90 % done. It was try 3 of 3. '
                'Try 1: Killed by SIGKILL. It was at "epoch 1 of 2", 20 % done. '
                'Try 2: Killed by SIGKILL. It was at "epoch 1 of 2", 60 % done.'
            ),
        ]
        assert self.status(app)[3, "evaluate"] == "skipped"

    def test_a_second_death_at_the_same_step_ends_a_run(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        ends = []
        for done, stage in ((0.41, "epoch 6 of 15"), (0.42, "epoch 7 of 15")):
            run = laboratory.claim()
            assert run is not None
            run_lifecycle.report_progress(app, run.id, run.attempt, done, stage)
            ends.append(run_lifecycle.crash(app, run.id, run.attempt, RunError(DIED, "Killed by SIGSEGV.")))
        assert ends == ["queued", "failed"]
        failed = runs.get_run(app, RunId(1))
        assert failed.error is not None
        assert failed.error.message.endswith("The try before died at the same step.")
        assert len(runs.retry_runs(app, [failed.id])) == 9

    def test_the_end_names_how_every_try_ended(self, app: Application, laboratory: Laboratory) -> None:
        for done in (0.2, 0.6):
            run = laboratory.claim()
            assert run is not None
            run_lifecycle.report_progress(app, run.id, run.attempt, done, "reading")
            run_lifecycle.crash(app, run.id, run.attempt, RunError(DIED, "Killed by SIGKILL."))
        run = laboratory.claim()
        assert run is not None
        assert run_lifecycle.drop(app, run.id, run.attempt, run_lifecycle.STARTER_GONE) == "lost"
        lost = runs.get_run(app, run.id)
        assert lost.error is not None
        assert lost.error.message == (
            "The process that starts runs ended. It was at its first step, 0 % done. It was try 3 of 3. "
            'Try 1: Killed by SIGKILL. It was at "reading", 20 % done. '
            'Try 2: Killed by SIGKILL. It was at "reading", 60 % done.'
        )

    def test_a_run_that_succeeds_after_a_death_has_no_error(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        run_lifecycle.crash(app, run.id, run.attempt, RunError(DIED, "Killed by SIGKILL."))
        again = laboratory.claim()
        assert again is not None
        assert (again.id, again.attempt) == (run.id, 2)
        assert again.error is not None
        run_lifecycle.succeed(app, again.id, again.attempt, laboratory.results(again))
        assert runs.get_run(app, run.id).error is None

    def test_a_run_to_be_cancelled_whose_process_dies_is_cancelled(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        runs.cancel_runs(app, [run.id])
        assert run_lifecycle.crash(app, run.id, run.attempt, RunError(DIED, "Killed.")) == "cancelled"
