"""What the database promises to keep, on every kind; subclass it in a test module with an `app` fixture."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from core.domain.catalogue import FORMAT
from core.domain.ids import EvaluationId, ModelId, RunId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import EdgeRole, Model
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind, RunStatus
from core.domain.recipe import Step, SweepStep
from core.domain.technique import LayerRules
from core.errors import Conflict, CorruptArtifact, NotFound, UnknownName
from core.services.application import Application
from core.services.data_setup import datasets
from core.services.experiments.experiments import list_experiments, submit
from core.services.layers import layer_pairs, layer_statistics
from core.services.measurements import measurements
from core.services.models import models
from core.services.projects import projects
from core.services.queue import run_lifecycle
from core.services.queue.results import Evaluated, ModelMade
from core.services.workers import workers
from core.testing import stored_arrays
from core.testing.contracts.laboratory_contract import LaboratoryContract
from core.testing.fakes import SettableClock, acting_as
from core.testing.laboratory import CATALOGUE, LATENCY, WORKER, Laboratory


class StorageContract(LaboratoryContract):
    """Values come back as they went in; changes are seen, deleted things hidden, graphs have no cycles."""

    @pytest.fixture
    def base(self, laboratory: Laboratory, project: Project) -> Model:
        return laboratory.base(project)

    def chain(self, app: Application, base: Model) -> list[Model]:
        """Queue two generations under the base and return all models."""
        steps = (SweepStep("prune", {"sparsity": (0.5, 0.9)}), SweepStep("quantize", {"bits": (4,)}))
        submit(app, ExperimentRequest(base.project_id, (base.id,), (steps,)))
        return models.list_models(app, base.project_id)

    def test_a_project_comes_back_as_created(self, app: Application, project: Project) -> None:
        assert projects.get_project(app, "digits") == project
        assert projects.get_project(app, project.id) == project
        assert projects.list_projects(app) == [project]
        with pytest.raises(UnknownName, match="Did you mean digits"):
            projects.get_project(app, "digit")

    def test_an_experiment_comes_back_as_submitted(self, app: Application, base: Model) -> None:
        rules = LayerRules(("conv",), ("head",), (("stem", {"sparsity": 0.1}),))
        recipe = (SweepStep("prune", {"sparsity": (0.3, 0.5)}, rules),)
        request = ExperimentRequest(base.project_id, (base.id,), (recipe,), "name", "note <b>")
        submitted = submit(acting_as(app, "ada"), request)
        assert submitted.experiment.author == "ada"
        assert {model.author for model in models.list_models(app, base.project_id)} >= {"ada"}
        assert list_experiments(app, base.project_id) == [submitted.experiment]
        assert submitted.experiment.recipes == (recipe,)
        step = models.get_model(app, submitted.model_ids[0]).model.step
        assert step is not None
        assert step.rules == rules

    def test_the_catalogue_and_the_worker_come_back_as_announced(
        self, app: Application, laboratory: Laboratory, clock: SettableClock
    ) -> None:
        assert workers.catalogue(app).techniques == tuple(sorted(CATALOGUE.techniques, key=lambda t: t.name))
        clock.advance(30)
        workers.heartbeat(app, WORKER, [RunId(3)])
        (worker,) = workers.list_workers(app)
        assert (worker.last_seen_at, worker.runs) == (clock.now(), (RunId(3),))
        workers.stop(app, WORKER)
        assert not workers.is_live(workers.list_workers(app)[0], now=clock.now())
        assert workers.catalogue(app).techniques  # what was known last
        with pytest.raises(NotFound, match="ghost"):
            workers.heartbeat(app, type(WORKER)("ghost"))

    def test_a_catalogue_in_the_format_of_another_version_is_told_and_not_read(
        self, app: Application, laboratory: Laboratory
    ) -> None:
        (worker,) = workers.list_workers(app)
        workers.announce(app, worker, replace(CATALOGUE, format=FORMAT - 1))
        (found,) = workers.list_workers(app)
        assert (worker.readable, found.readable, found.catalogue_format) == (True, False, FORMAT - 1)
        own = workers.catalogue(app)  # what this version can do, as without a worker
        assert own.technique("gptq").label == "GPTQ rounding"

    def test_instants_keep_their_moment_and_become_utc(self, app: Application, project: Project) -> None:
        eastern = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=-5)))
        with app.unit_of_work(writing=True) as uow:
            added = uow.projects.add(replace(project, slug="later", created_at=eastern))
            uow.commit()
        found = projects.get_project(app, added.id)
        assert found.created_at == eastern
        assert found.created_at.tzinfo is UTC

    def test_what_is_not_committed_never_happened(self, app: Application, project: Project) -> None:
        with app.unit_of_work(writing=True) as uow:
            uow.projects.touch(project.id)
            uow.projects.add(replace(project, slug="another"))
        assert [found.slug for found in projects.list_projects(app)] == ["digits"]
        assert projects.revision(app, project.id) == project.revision

    def test_metrics_that_are_not_finite_are_kept(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        run = laboratory.claim()
        assert run is not None
        metrics = {"loss": math.nan, "up": math.inf, "down": -math.inf, "top1": 0.5}
        run_lifecycle.succeed(app, run.id, run.attempt, ModelMade("a" * 64, metrics, (LATENCY,)))
        found = models.get_model(app, base.id).model
        assert math.isnan(found.metrics["loss"])
        assert {name: found.metrics[name] for name in ("up", "down", "top1")} == {
            "up": math.inf,
            "down": -math.inf,
            "top1": 0.5,
        }
        assert found.artifact == "a" * 64

    def test_outcomes_come_back_bit_for_bit(
        self, app: Application, laboratory: Laboratory, project: Project, base: Model
    ) -> None:
        laboratory.play(1)
        generator = np.random.default_rng(0)
        outcomes = {
            "prediction": generator.integers(0, 10, 1000).astype(np.int16),
            "confidence": generator.random(1000).astype(np.float16),
            "log_probabilities": generator.random((1000, 10)).astype(">f4"),
            "right": generator.random(1000) > 0.5,
            "text": np.array(["", "naïve", "日本語"]),
            "empty": np.zeros((0, 3)),
        }
        run = laboratory.claim()
        assert run is not None
        assert run.kind is RunKind.EVALUATE
        dataset = project.datasets[0].id
        result = Evaluated(dataset, "test", 1000, {}, outcomes, details={"nan": math.nan, "names": ["a"]})
        run_lifecycle.succeed(app, run.id, run.attempt, result)
        (evaluation,) = models.get_model(app, base.id).evaluations
        assert evaluation.details == {"nan": "NaN", "names": ["a"]}
        found = stored_arrays.outcomes(app, evaluation.id)
        assert set(found) == set(outcomes)
        for name, array in outcomes.items():
            np.testing.assert_array_equal(found[name], array, strict=name != "log_probabilities")
        with app.unit_of_work() as uow:
            assert list(uow.evaluations.outcomes(evaluation.id, ["right"])) == ["right"]
        assert stored_arrays.outcomes(app, EvaluationId(99)) == {}

    def test_data_are_corrected_until_a_model_was_measured_on_them(
        self, app: Application, laboratory: Laboratory, project: Project, base: Model
    ) -> None:
        data = project.datasets[0]
        changed = datasets.change_dataset(app, project.id, data.id, {})
        assert changed.datasets == project.datasets
        assert changed.revision > project.revision
        laboratory.play()
        with pytest.raises(Conflict, match=base.name):
            datasets.change_dataset(app, project.id, data.id, {})

    def test_an_altered_array_is_noticed(self, app: Application, laboratory: Laboratory, base: Model) -> None:
        run = laboratory.claim()
        assert run is not None
        statistics = {"mean": np.arange(5.0)}
        run_lifecycle.succeed(app, run.id, run.attempt, ModelMade("a" * 64, weight_statistics=statistics))
        np.testing.assert_array_equal(
            stored_arrays.weight_statistics(app, base.id)["mean"], statistics["mean"]
        )
        with app.unit_of_work.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE layer_arrays SET dtype = '<i8'")
        assert stored_arrays.weight_statistics(app, base.id)["mean"].dtype == np.int64
        with app.unit_of_work.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE layer_arrays SET sha256 = ''")
        with pytest.raises(CorruptArtifact, match="'mean' was altered"):
            stored_arrays.weight_statistics(app, base.id)

    def test_layer_statistics_and_sensitivities_come_back(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        laboratory.play()
        how = measurements.Measurement(instances=4)
        measurements.queue_layers(app, [base.id], how)
        measurements.queue_sensitivity(app, base.id, Step("prune", {"sparsity": 0.9}), how)
        laboratory.play()
        found = layer_statistics.layer_statistics(app, base.id, LayerKind.ACTIVATIONS)
        assert found["module"].tolist() == ["stem"]
        (sensitivity,) = layer_statistics.sensitivities(app, base.id)
        assert (sensitivity.model_id, sensitivity.instances) == (base.id, 4)
        assert sensitivity.step.technique == "prune"
        arrays = layer_statistics.sensitivity_arrays(app, sensitivity.id)
        assert arrays["layer"].tolist() == ["stem"]
        assert arrays["metric.top1"][0] < sensitivity.metrics["top1"]

    def test_layers_of_pairs_come_back_and_go_with_either_model(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        other = laboratory.base(projects.get_project(app, base.project_id), "other", seed=7)
        laboratory.play()
        for first, second in ((other.id, base.id), (base.id, other.id)):
            layer_pairs.queue_layer_comparison(app, first, second)
        laboratory.play()
        found = layer_statistics.layer_statistics(app, other.id, LayerKind.WEIGHTS, base.id)
        assert found["module"].tolist() == ["stem"]
        with app.unit_of_work(writing=True) as uow:
            uow.layer_pairs.forget(other.id)
            uow.commit()
        assert layer_pairs.pair_state(app, base.id, other.id).stored == frozenset()

    def test_every_change_is_seen_once_by_who_asks_since(
        self, app: Application, laboratory: Laboratory, base: Model
    ) -> None:
        start = models.changed_models(app, base.project_id, since=0)
        assert [model.id for model in start.models] == [base.id]
        assert models.changed_models(app, base.project_id, since=start.revision).models == ()
        self.chain(app, base)
        grown = models.changed_models(app, base.project_id, since=start.revision)
        assert len(grown.models) == 4
        laboratory.play(1)
        made = models.changed_models(app, base.project_id, since=grown.revision)
        changed = {model.id: (model.status, model.work) for model in made.models}
        assert changed[base.id] == (RunStatus.SUCCEEDED, 2)
        assert RunStatus.SUCCEEDED not in {
            status for model, (status, _) in changed.items() if model != base.id
        }

    def test_deleted_models_are_reported_as_removed_and_can_come_back(
        self, app: Application, base: Model
    ) -> None:
        every = self.chain(app, base)
        revision = projects.revision(app, base.project_id)
        leaf = every[-1]
        models.delete_models(app, [leaf.id])
        changes = models.changed_models(app, base.project_id, since=revision)
        assert changes.removed_ids == (leaf.id,)
        assert leaf.id not in {model.id for model in changes.models}
        assert models.get_model(app, leaf.id).model.deleted_at is not None
        assert models.restore_models(app, [leaf.id]) == (leaf.id,)
        back = models.changed_models(app, base.project_id, since=changes.revision)
        assert leaf.id in {model.id for model in back.models}

    def test_a_deleted_model_that_was_made_again_stays_deleted(self, app: Application, base: Model) -> None:
        leaf = self.chain(app, base)[-1]
        models.delete_models(app, [leaf.id])
        self.chain(app, base)
        with pytest.raises(Conflict, match="was made again"):
            models.restore_models(app, [leaf.id])

    def test_lineage_runs_from_base_to_model(self, app: Application, base: Model) -> None:
        every = self.chain(app, base)
        leaf = next(model for model in every if model.step and model.step.technique == "quantize")
        details = models.get_model(app, leaf.id)
        assert [model.id for model in details.lineage] == [base.id, leaf.parent_id, leaf.id]
        assert models.get_model(app, base.id).children == 2
        with pytest.raises(NotFound, match="99"):
            models.get_model(app, ModelId(99))

    def test_no_model_descends_from_itself(self, app: Application, base: Model) -> None:
        leaf = self.chain(app, base)[-1]
        with app.unit_of_work(writing=True) as uow:
            with pytest.raises(Conflict, match="cannot be a parent"):
                uow.models.link(base.id, leaf.id)
            with pytest.raises(Conflict, match="cannot be a parent"):
                uow.models.link(base.id, base.id, EdgeRole.TEACHER)
            uow.models.link(leaf.id, base.id, EdgeRole.TEACHER)
            uow.commit()
        assert models.get_model(app, leaf.id).model.teacher_id == base.id

    def test_long_lists_of_ids_are_no_problem(self, app: Application, base: Model) -> None:
        with app.unit_of_work() as uow:
            assert list(uow.models.get([ModelId(number) for number in range(70_000)])) == [base.id]
