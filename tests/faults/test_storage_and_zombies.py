"""A full disk, a worker that sleeps through its lease, a message sent thrice, a restart at submit."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from core.domain.ids import RunId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.errors import CompressCompareError
from core.services.application import Application
from core.services.experiments import experiments
from core.services.models.models import get_model, list_models
from core.services.queue.runs import get_run, retry_runs
from core.testing.running import (
    Installation,
    all_runs,
    small_project,
    wait_for,
    wait_for_catalogue,
    wait_until_idle,
)
from core.testing.servers.servers import PostgresServer, database
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EXTRA = {
    "CNC_PLUGINS_DIR": str(Path(__file__).parent / "plugins"),
    "CNC_SLOTS": "1",
    "CNC_LEASE_S": "5",
    "CNC_RENEW_S": "1",
    "CNC_GRACE_S": "2",
}
PRUNED = SweepStep("magnitude-pruning", {"sparsity": (0.5,)})


def submit(app: Application, base: Model, step: SweepStep = PRUNED) -> experiments.Submitted:
    return experiments.submit(app, ExperimentRequest(base.project_id, (base.id,), ((step,),)))


def making(app: Application) -> RunId | None:
    runs = (run for run in all_runs(app) if run.kind is RunKind.COMPRESS and run.status is RunStatus.RUNNING)
    return next((run.id for run in runs if run.progress > 0), None)


def assert_each_once(app: Application, base: Model, models: int) -> None:
    made = list_models(app, base.project_id)
    assert len({model.identity for model in made}) == len(made) == models
    for model in made:
        details = get_model(app, model.id)
        assert set(Counter(run.kind for run in details.runs).values()) == {1}
        assert (len(details.evaluations), len(details.profiles)) == (1, 1)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of six megabytes, which only root can make."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("Only root can mount a small disk.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_fails_the_run_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        extra = {**EXTRA, "CNC_ARTIFACTS_URL": f"file://{disk / 'artifacts'}"}
        installation = Installation(tmp_path, extra=extra)
        installation.prepare()
        with closing(installation.open()) as app, installation.worker():
            _fill_and_make_room(app, disk)


def _fill_and_make_room(app: Application, disk: Path) -> None:
    wait_for_catalogue(app)
    base = small_project(app)
    wait_until_idle(app)
    before = {path for path in disk.rglob("*") if path.is_file()}
    filler = disk / "filler"
    with filler.open("wb") as file:
        while shutil.disk_usage(disk).free:
            file.write(bytes(4096))
            file.flush()
    model_id = submit(app, base).model_ids[0]
    wait_until_idle(app)
    run = next(one for one in get_model(app, model_id).runs if one.kind is RunKind.COMPRESS)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "No space left" in run.error.message
    assert {path for path in disk.rglob("*") if path.is_file()} == {*before, filler}
    filler.unlink()
    retry_runs(app, [run.id])
    wait_until_idle(app)
    assert get_run(app, run.id).status is RunStatus.SUCCEEDED


def test_a_worker_that_wakes_up_after_its_lease_writes_nothing(tmp_path: Path) -> None:
    installation = Installation(tmp_path, extra=EXTRA)
    installation.prepare()
    with closing(installation.open()) as app, installation.worker() as sleeper:
        wait_for_catalogue(app)
        base = small_project(app)
        wait_until_idle(app)
        submit(app, base, SweepStep("test-sleep", {"seconds": (3.0,)}))
        run_id = wait_for("a running run", lambda: making(app))
        assert sleeper.process is not None
        first = psutil.Process(sleeper.process.pid)
        family = [first, *first.children(recursive=True)]  # as when a machine is suspended
        for process in family:
            process.suspend()
        with installation.worker():
            wait_for("the end of the lease", lambda: get_run(app, run_id).attempt == 2, within_s=60)
            for process in family:
                process.resume()
            runs = wait_until_idle(app)
        assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
        assert_each_once(app, base, 2)


def test_a_message_that_comes_three_times_is_done_once(
    postgres_server: PostgresServer, redis_url: str, tmp_path: Path
) -> None:
    with database(postgres_server) as url:
        installation = Installation(tmp_path, url, redis_url, {**EXTRA, "CNC_SLOTS": "3"})
        installation.prepare()
        dispatcher = CeleryDispatcher(create_celery(redis_url))
        with closing(installation.open(dispatcher)) as app, installation.worker():
            wait_for_catalogue(app)
            base = small_project(app)
            wait_until_idle(app)
            model_id = submit(app, base, SweepStep("test-sleep", {"seconds": (1.0,)})).model_ids[0]
            run = next(one for one in get_model(app, model_id).runs if one.kind is RunKind.COMPRESS)
            dispatcher.publish([int(run.id)] * 3, queue=run.queue)
            runs = wait_until_idle(app)
            assert {one.status for one in runs} == {RunStatus.SUCCEEDED}
            assert get_run(app, run.id).attempt == 1
            assert_each_once(app, base, 2)


def test_a_database_that_restarts_at_submit_takes_all_of_an_experiment_or_nothing(tmp_path: Path) -> None:
    with PostgresServer() as postgres:
        installation = Installation(tmp_path, postgres.url, extra=EXTRA)
        installation.prepare()
        with closing(installation.open()) as app:
            with installation.worker():
                wait_for_catalogue(app)
                base = small_project(app)
                wait_until_idle(app)
            taken, refused = 0, list[CompressCompareError]()
            for number in range(12):
                if number == 4:
                    postgres.stop(signal.SIGINT)  # commits are kept, connections are cut
                if number == 8:
                    postgres.start()
                steps = SweepStep("magnitude-pruning", {"sparsity": (number / 20 + 0.1, number / 20 + 0.11)})
                try:
                    submit(app, base, steps)
                    taken += 1
                except CompressCompareError as error:
                    refused.append(error)
            assert len(refused) >= 4
            assert all(error.hint for error in refused)
            assert taken >= 7  # the first after the restart may meet a connection that is gone
            assert len(list_models(app, base.project_id)) == 1 + 2 * taken
