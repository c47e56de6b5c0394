"""Real workers, embedded and with Celery, do what services queued: success, failure, crash, cancellation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.domain.ids import ModelId, RunId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.data_setup.data_preview import previews
from core.services.experiments import experiments
from core.services.layers.layer_statistics import layer_statistics
from core.services.models.models import get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue.runs import cancel_runs, get_run, read_log, retry_runs
from core.services.workers.workers import catalogue, list_workers
from core.testing.running import (
    Installation,
    WorkerProcess,
    small_project,
    wait_for,
    wait_for_catalogue,
    wait_until_idle,
)
from core.testing.servers.servers import database
from core.testing.stored_arrays import outcomes, weight_statistics
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

PLUGINS = Path(__file__).parents[1] / "faults" / "plugins"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Running:
    """An installation with a worker that is going, and a base model in it."""

    app: Application
    worker: WorkerProcess
    base: Model

    def submit(self, technique: str, **parameters: object) -> ModelId:
        """Queue one step on the base model and return the model to be."""
        step = SweepStep(technique, {name: (value,) for name, value in parameters.items()})
        request = ExperimentRequest(self.base.project_id, (self.base.id,), ((step,),))
        return experiments.submit(self.app, request).model_ids[0]

    def run_of(self, model_id: ModelId, kind: RunKind = RunKind.COMPRESS) -> Run:
        """Return the model's run of a kind."""
        return next(run for run in get_model(self.app, model_id).runs if run.kind is kind)

    def when(self, run_id: RunId, *statuses: RunStatus) -> Run:
        """Return the run once it has one of the statuses."""

        def look() -> Run | None:
            run = get_run(self.app, run_id)
            return run if run.status in statuses else None

        return wait_for(f"run {run_id} {statuses}", look, within_s=30)


@pytest.fixture(scope="module", params=["embedded", "celery"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(request.param)
    extra = {"CNC_PLUGINS_DIR": str(PLUGINS), "CNC_SLOTS": "2", "CNC_GRACE_S": "2"}
    if request.param == "embedded":
        yield from _running(Installation(folder, extra=extra))
        return
    broker = request.getfixturevalue("redis_server")
    with database(request.getfixturevalue("postgres_server")) as url:
        yield from _running(Installation(folder, url, broker, extra))


def _running(installation: Installation) -> Iterator[Running]:
    installation.prepare()
    broker = installation.broker_url
    dispatcher = CeleryDispatcher(create_celery(broker)) if broker else None
    with closing(installation.open(dispatcher)) as app, installation.worker() as worker:
        try:
            wait_for_catalogue(app)
        except TimeoutError as error:
            raise AssertionError(worker.output()) from error
        base = small_project(app)
        wait_until_idle(app)
        yield Running(app, worker, base)


def test_a_model_is_made_evaluated_and_profiled(running: Running) -> None:
    model_id = running.submit("magnitude-pruning", sparsity=0.5)
    for kind in (RunKind.COMPRESS, RunKind.EVALUATE, RunKind.PROFILE):
        run = running.when(running.run_of(model_id, kind).id, RunStatus.SUCCEEDED, RunStatus.FAILED)
        assert run.error is None
    details = get_model(running.app, model_id)
    assert details.model.ready
    assert details.model.metrics["sparsity"] == pytest.approx(0.5, abs=0.001)
    assert {"top1", "ece", "latency_ms_b1", "file_bytes", "flops"} <= details.model.metrics.keys()
    (evaluation,) = details.evaluations
    assert outcomes(running.app, evaluation.id)["prediction"].shape == (evaluation.instances,)
    assert evaluation.environment["versions"]["torch"]
    (profile,) = details.profiles
    assert profile.device
    statistics = weight_statistics(running.app, model_id)
    assert statistics["relative_l2"].shape == statistics["module"].shape
    seen = layer_statistics(running.app, model_id, LayerKind.ACTIVATIONS)
    assert np.isfinite(seen["sqnr_local_db"][seen["module_type"] == "Conv2d"]).all()
    cost = layer_statistics(running.app, model_id, LayerKind.COST)
    assert cost["time_share"].sum() == pytest.approx(1)


def test_an_expected_error_is_stored_in_words(running: Running) -> None:
    run = running.run_of(running.submit("test-die", signal=0))
    failed = running.when(run.id, RunStatus.FAILED)
    assert failed.error is not None
    assert (failed.error.message, failed.error.hint) == ("This step never works.", "Leave it out.")
    assert "UnusableInput" in failed.error.traceback
    assert failed.attempt == 1


@pytest.mark.parametrize(("number", "said"), [(9, "SIGKILL"), (11, "SIGSEGV")])
def test_a_crash_takes_only_its_run_which_is_tried_once_more(
    running: Running, number: int, said: str
) -> None:
    model_id = running.submit("test-die", signal=number)
    failed = running.when(running.run_of(model_id).id, RunStatus.FAILED)
    assert failed.error is not None
    assert said in failed.error.message
    assert "GB of memory" in failed.error.message
    assert failed.error.message.endswith("The try before died at the same step.")
    assert failed.attempt == 2
    assert running.run_of(model_id, RunKind.EVALUATE).status is RunStatus.SKIPPED


def test_a_run_that_eats_all_memory_says_so(running: Running) -> None:
    run = running.run_of(running.submit("test-eat-memory"))
    failed = running.when(run.id, RunStatus.FAILED)
    assert failed.error is not None
    assert (failed.error.code, failed.attempt) == ("out-of-memory", 1)
    assert "not enough memory" in failed.error.message


def test_a_run_that_ignores_being_stopped_is_killed_with_what_it_started(running: Running) -> None:
    run = running.run_of(running.submit("test-cling", seconds=120.0))
    told = wait_for(
        "the process",
        lambda: re.search(r"left behind: (\d+)", read_log(running.app, run.id).text),
        within_s=30,
    )
    cancel_runs(running.app, [run.id])
    running.when(run.id, RunStatus.CANCELLED)
    wait_for("the end of all processes", lambda: not psutil.pid_exists(int(told[1])), within_s=30)


def test_a_running_run_is_cancelled_and_can_be_retried(running: Running) -> None:
    model_id = running.submit("test-sleep", seconds=2.5)
    run = running.run_of(model_id)
    running.when(run.id, RunStatus.RUNNING)
    wait_for("progress", lambda: get_run(running.app, run.id).progress > 0, within_s=20)
    cancel_runs(running.app, [run.id])
    running.when(run.id, RunStatus.CANCELLED)
    assert running.run_of(model_id, RunKind.EVALUATE).status is RunStatus.SKIPPED
    retry_runs(running.app, [run.id])
    again = running.when(run.id, RunStatus.SUCCEEDED)
    assert again.attempt == 2
    log = read_log(running.app, run.id).text
    assert log.count("sleeping") == 2
    assert "attempt 1" in log
    assert "attempt 2" in log


def test_data_are_looked_at_before_there_is_a_model(running: Running) -> None:
    wait_until_idle(running.app)
    good, bad = (DatasetRequest("digits", "digits", {"rare_classes": [digit]}) for digit in (8, 88))
    request = ProjectRequest("Looked at", "image-classification", (good, replace(bad, name="wrong")))
    digits, wrong = create_project(running.app, request).datasets
    (failed,) = wait_for("the reason", lambda: previews(running.app, wrong), within_s=60)
    assert failed.summary.failure == "There is no digit 88. Rare classes are digits from 0 to 9."
    (seen,) = wait_for("a preview", lambda: previews(running.app, digits), within_s=60)
    assert (seen.summary.split, seen.summary.instances, len(seen.examples)) == ("test", 599, 12)


def test_what_the_worker_offers_is_published(running: Running) -> None:
    offered = catalogue(running.app)
    assert offered.technique("magnitude-pruning").by_name["sparsity"]
    assert offered.data_source("digits").label
    assert offered.task("image-classification").metrics
    assert offered.technique("test-sleep").name, "plug-ins are offered like everything else"
    assert [problem.name for problem in offered.plugin_problems] == ["broken.py"]
    assert "this plug-in is broken" in offered.plugin_problems[0].message


def test_the_worker_shows_what_it_is(running: Running) -> None:
    worker = list_workers(running.app)[0]
    assert worker.slots == 2
    assert worker.queues[0] == "cpu"
    assert worker.devices[0].kind == "cpu"
    assert worker.versions["torch"]
