"""Workers, brokers and files that vanish or break in the middle of work; nothing is lost or made twice."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.recipe import Recipe, SweepStep
from core.services.application import Application
from core.services.experiments import experiments
from core.services.models.models import get_model, list_models
from core.testing.running import (
    Installation,
    all_runs,
    small_project,
    wait_for,
    wait_for_catalogue,
    wait_until_idle,
)
from core.testing.servers.servers import PostgresServer, RedisServer, database
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EXTRA = {
    "CNC_PLUGINS_DIR": str(Path(__file__).parent / "plugins"),
    "CNC_SLOTS": "2",
    "CNC_LEASE_S": "5",
    "CNC_RENEW_S": "1",
    "CNC_GRACE_S": "2",
    "CNC_MAX_ATTEMPTS": "2",
}
SWEEP: Recipe = (
    SweepStep("magnitude-pruning", {"sparsity": (0.2, 0.4, 0.6)}),
    SweepStep("weight-only-quantization", {"bits": (8, 4)}),
)
MODELS = 3 + 6


@pytest.fixture(params=["embedded", "celery"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    if request.param == "embedded":
        yield _prepared(Installation(tmp_path, extra=EXTRA))
        return
    broker = request.getfixturevalue("redis_url")
    with database(request.getfixturevalue("postgres_server")) as url:
        yield _prepared(Installation(tmp_path, url, broker, EXTRA))


@pytest.fixture
def embedded(tmp_path: Path) -> Installation:
    return _prepared(Installation(tmp_path, extra=EXTRA))


@pytest.fixture
def app(installation: Installation) -> Iterator[Application]:
    broker = installation.broker_url
    with closing(installation.open(CeleryDispatcher(create_celery(broker)) if broker else None)) as opened:
        yield opened


def _prepared(installation: Installation) -> Installation:
    installation.prepare()
    return installation


def submit(app: Application, base: Model, *steps: SweepStep) -> experiments.Submitted:
    return experiments.submit(app, ExperimentRequest(base.project_id, (base.id,), (steps,)))


def finished(app: Application, count: int) -> list[Run] | None:
    done = [run for run in all_runs(app) if run.status is RunStatus.SUCCEEDED]
    return done if len(done) >= count else None


def running(app: Application) -> Run | None:
    step = (run for run in all_runs(app) if run.kind is RunKind.COMPRESS and run.status is RunStatus.RUNNING)
    return next((run for run in step if run.progress > 0), None)


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_a_killed_worker_costs_no_model_and_doubles_none(
    installation: Installation, app: Application
) -> None:
    with installation.worker() as worker:
        wait_for_catalogue(app)
        base = small_project(app)
        submit(app, base, *SWEEP)
        wait_for("some results", lambda: finished(app, 6))
        assert worker.process is not None
        family = descendants(worker.process.pid)
        worker.end(signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive, "the fork server and the runs die with their worker"
    assert any(run.status is not RunStatus.SUCCEEDED for run in all_runs(app)), "it was in mid-sweep"
    with installation.worker() as again:
        runs = wait_until_idle(app, within_s=60)
        assert again.end() == 0
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
    models = list_models(app, base.project_id)
    assert len(models) == 1 + MODELS
    assert len({model.identity for model in models}) == len(models)
    for model in models:
        details = get_model(app, model.id)
        kinds = Counter(run.kind for run in details.runs)
        assert set(kinds.values()) == {1}
        assert (len(details.evaluations), len(details.profiles)) == (1, 1)
        assert model.artifact is not None
        assert app.artifacts.fetch(model.artifact).is_file()


def test_a_worker_that_is_asked_to_stop_gives_its_runs_back(
    installation: Installation, app: Application
) -> None:
    with installation.worker() as worker:
        wait_for_catalogue(app)
        base = small_project(app)
        submit(app, base, SweepStep("test-sleep", {"seconds": (4.0,)}))
        going = wait_for("a running run", lambda: running(app))
        assert worker.end(signal.SIGTERM) == 0
    given_back = next(run for run in all_runs(app) if run.id == going.id)
    assert given_back.status is RunStatus.QUEUED
    with installation.worker():
        runs = wait_until_idle(app, within_s=60)
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}


def test_a_worker_that_can_start_no_process_any_more_stops_and_fails_no_run(
    installation: Installation, app: Application, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    ill = replace(installation, extra={**installation.extra, "CNC_TEST_BREAK_LIBRARIES": str(broken)})
    with ill.worker() as worker:
        wait_for_catalogue(app)
        base = small_project(app)
        wait_until_idle(app)
        submit(app, base, *SWEEP)
        broken.touch()
        assert worker.process is not None
        (server,) = (
            one for one in descendants(worker.process.pid) if "workers.processes.fork_server" in one.cmdline()
        )
        server.kill()
        assert worker.process.wait(120) == 1
        assert worker.output().count("could not load its libraries") == 2, "logged, and said at the end"
    assert not {run.status for run in all_runs(app)} & {RunStatus.FAILED, RunStatus.LOST, RunStatus.SKIPPED}
    broken.unlink()
    with ill.worker():
        runs = wait_until_idle(app, within_s=150)
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}


def test_a_run_that_kills_its_workers_is_given_up(embedded: Installation) -> None:
    with closing(embedded.open()) as app:
        with embedded.worker() as worker:
            wait_for_catalogue(app)
            base = small_project(app)
            wait_until_idle(app)
            submit(app, base, SweepStep("test-kill-worker"))
            assert worker.process is not None
            worker.process.wait(30)
        with embedded.worker() as worker:
            assert worker.process is not None
            worker.process.wait(30)
        with embedded.worker():
            runs = wait_until_idle(app, within_s=30)
    run = next(run for run in runs if run.kind is RunKind.COMPRESS)
    assert (run.status, run.attempt) == (RunStatus.LOST, 2)
    assert run.error is not None
    assert "vanished" in run.error.message


def test_runs_submitted_while_the_broker_is_down_are_done_when_it_is_back(
    postgres_url: str, tmp_path: Path
) -> None:
    with RedisServer() as broker:
        installation = _prepared(Installation(tmp_path, postgres_url, broker.url, EXTRA))
        dispatcher = CeleryDispatcher(create_celery(broker.url))
        with closing(installation.open(dispatcher)) as app, installation.worker() as worker:
            wait_for_catalogue(app)
            base = small_project(app)
            wait_until_idle(app)
            broker.stop()
            submitted = submit(app, base, SweepStep("magnitude-pruning", {"sparsity": (0.5,)}))
            assert not submitted.announced
            broker.start()
            runs = wait_until_idle(app, within_s=60)
            assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
            assert worker.end() == 0


def test_a_worker_started_without_its_broker_waits_for_it(postgres_url: str, tmp_path: Path) -> None:
    with RedisServer() as broker:
        broker.stop()
        installation = _prepared(Installation(tmp_path, postgres_url, broker.url, EXTRA))
        dispatcher = CeleryDispatcher(create_celery(broker.url))
        with closing(installation.open(dispatcher)) as app, installation.worker():
            wait_for_catalogue(app)
            small_project(app)
            broker.start()
            runs = wait_until_idle(app, within_s=60)
            assert {run.status for run in runs} == {RunStatus.SUCCEEDED}


def test_runs_that_the_broker_forgot_are_announced_again(postgres_url: str, tmp_path: Path) -> None:
    with RedisServer() as broker:
        installation = _prepared(Installation(tmp_path, postgres_url, broker.url, EXTRA))
        dispatcher = CeleryDispatcher(create_celery(broker.url))
        with closing(installation.open(dispatcher)) as app:
            with installation.worker() as worker:
                wait_for_catalogue(app)
                worker.end()
            base = small_project(app)
            assert all(run.dispatched_at for run in all_runs(app) if run.status is RunStatus.QUEUED)
            broker.stop()
            broker.start()  # keeps nothing on disk
            with installation.worker():
                runs = wait_until_idle(app, within_s=60)
            assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
            assert get_model(app, base.id).model.ready


def test_a_free_worker_asks_for_runs_that_the_broker_forgot(postgres_url: str, tmp_path: Path) -> None:
    with RedisServer() as broker:
        installation = _prepared(Installation(tmp_path, postgres_url, broker.url, EXTRA | {"CNC_SLOTS": "1"}))
        dispatcher = CeleryDispatcher(create_celery(broker.url))
        with closing(installation.open(dispatcher)) as app, installation.worker():
            wait_for_catalogue(app)
            base = small_project(app)
            wait_until_idle(app)
            submit(app, base, SweepStep("test-sleep", {"seconds": (3.0, 3.1, 3.2, 3.3)}))
            wait_for("a running run", lambda: running(app))
            broker.stop()
            broker.start()  # keeps nothing on disk
            runs = wait_until_idle(app, within_s=90)
            assert {run.status for run in runs} == {RunStatus.SUCCEEDED}


def test_a_database_that_is_away_for_a_while_costs_nothing(tmp_path: Path) -> None:
    with PostgresServer() as postgres:
        installation = _prepared(Installation(tmp_path, postgres.url, extra=EXTRA))
        with closing(installation.open()) as app, installation.worker() as worker:
            wait_for_catalogue(app)
            base = small_project(app)
            wait_until_idle(app)
            submit(app, base, SweepStep("test-sleep", {"seconds": (3.0,)}), *SWEEP[1:])
            wait_for("a running run", lambda: running(app))
            postgres.stop(signal.SIGQUIT)
            postgres.start()
            runs = wait_until_idle(app, within_s=90)
            assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
            assert worker.end() == 0


@pytest.mark.parametrize("damage", ["altered", "truncated", "missing"])
def test_a_damaged_checkpoint_fails_the_run_in_words(embedded: Installation, damage: str) -> None:
    with closing(embedded.open()) as app, embedded.worker():
        wait_for_catalogue(app)
        base = small_project(app)
        wait_until_idle(app)
        key = get_model(app, base.id).model.artifact
        assert key is not None
        path = app.artifacts.fetch(key)
        content = path.read_bytes()
        path.chmod(0o644)
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(
                content[: len(content) // 2]
                if damage == "truncated"
                else content[:-1] + bytes([content[-1] ^ 1])
            )
        submitted = submit(app, base, SweepStep("magnitude-pruning", {"sparsity": (0.5,)}))
        wait_until_idle(app, within_s=30)
        run = next(r for r in get_model(app, submitted.model_ids[0]).runs if r.kind is RunKind.COMPRESS)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code == "corrupt-artifact"
    assert "base" in run.error.message
    assert run.error.hint
