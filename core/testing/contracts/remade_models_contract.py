"""What becomes of measurements whose model is made again, on every database; part of the life of a run."""

from __future__ import annotations

from dataclasses import replace

from core.domain.queue.run import RunKind
from core.services.application import Application
from core.services.measurements.measurements import Measurement, queue_evaluation, queue_layers, queue_profile
from core.services.models.models import get_model
from core.services.queue import run_lifecycle, runs
from core.services.queue.results import Evaluated, Inspected, ModelMade, Profiled
from core.testing.contracts.process_death_contract import ProcessDeathContract
from core.testing.contracts.run_life_contract import list_ids
from core.testing.laboratory import WORKER, Laboratory

OTHER = "f" * 64


class RemadeModelsContract(ProcessDeathContract):
    """Figures belong to the weights that were measured; with all of `ProcessDeathContract`."""

    def test_a_model_made_again_otherwise_is_measured_again(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        laboratory.play()
        making = self.run_of(app, 1, RunKind.TRAIN)
        assert runs.retry_runs(app, [making.id]) == (making.id,)
        again = laboratory.claim()
        assert again is not None
        run_lifecycle.succeed(app, again.id, again.attempt, ModelMade(artifact="f" * 64))
        status = self.status(app)
        assert {status[1, kind] for kind in ("evaluate", "profile")} == {"queued"}
        assert laboratory.play() == 2

    def test_what_was_measured_of_former_weights_is_measured_once_more(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        """Each measurement begins, the model is made again, then the measurement ends."""
        laboratory.play()
        model_id = list_ids(app)[0]
        before = get_model(app, model_id)
        queue_evaluation(app, [model_id], Measurement(split="train"))
        queue_profile(app, [model_id], Measurement(queue="gpu"))
        queue_layers(app, [model_id])
        held = [run for run in (laboratory.claim() for _ in range(3)) if run]
        assert {run.kind for run in held} == {RunKind.EVALUATE, RunKind.PROFILE, RunKind.LAYERS}
        self.make_again(app, laboratory)
        for run in held:
            results = laboratory.results(run)
            assert isinstance(results, (Evaluated, Profiled, Inspected))
            told = replace(results, weights=before.model.artifact)
            run_lifecycle.succeed(app, run.id, run.attempt, told)
            assert runs.get_run(app, run.id).status == "queued"
        found = get_model(app, model_id)
        assert len(found.evaluations) == len(before.evaluations)
        assert len(found.profiles) == len(before.profiles)
        assert "top1@split=train" not in found.model.metrics
        assert laboratory.play() == 5  # with the two measurements that the making of the base queues
        after = get_model(app, model_id)
        assert {one.artifact for one in after.evaluations if one.split == "train"} == {OTHER}
        assert "top1@split=train" in after.model.metrics

    def test_what_was_measured_of_the_present_weights_counts(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        """Made again, deterministic steps come out the same, and nothing is lost."""
        laboratory.play()
        model_id = list_ids(app)[0]
        queue_evaluation(app, [model_id], Measurement(split="train"))
        run = laboratory.claim()
        assert run is not None
        artifact = get_model(app, model_id).model.artifact
        assert artifact is not None
        self.make_again(app, laboratory, artifact)
        results = laboratory.results(run)
        assert isinstance(results, Evaluated)
        run_lifecycle.succeed(app, run.id, run.attempt, replace(results, weights=artifact))
        assert runs.get_run(app, run.id).status == "succeeded"
        assert "top1@split=train" in get_model(app, model_id).model.metrics

    def make_again(self, app: Application, laboratory: Laboratory, artifact: str = OTHER) -> None:
        """Make the base again, whose played checkpoint is in no store."""
        making = self.run_of(app, 1, RunKind.TRAIN)
        assert runs.retry_runs(app, [making.id]) == (making.id,)
        again = run_lifecycle.claim(app, making.id, WORKER)
        assert again is not None
        run_lifecycle.succeed(app, again.id, again.attempt, ModelMade(artifact=artifact))
