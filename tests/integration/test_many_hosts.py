"""Two worker hosts without a shared disk: files of models go through S3, runs through Postgres and Redis."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from fsspec import get_filesystem_class

from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunStatus
from core.domain.recipe import SweepStep
from core.services.experiments.experiments import submit
from core.services.workers.workers import list_workers
from core.testing.running import Installation, small_project, wait_for, wait_until_idle
from core.testing.servers.servers import free_port
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server of S3 with a bucket; the address of a folder in it."""
    port = str(free_port())
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with (tmp_path / "storage.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", port]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for("the storage", lambda: _answers(int(port)), within_s=60, every_s=0.2)
        get_filesystem_class("s3")(skip_instance_cache=True).mkdir("models")
        yield "s3://models/ours"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_models_made_on_one_host_are_compressed_on_another(
    postgres_url: str, redis_url: str, storage: str, tmp_path: Path
) -> None:
    hosts = [
        Installation(
            tmp_path / name,
            database_url=postgres_url,
            broker_url=redis_url,
            extra={"CNC_ARTIFACTS_URL": storage, "CNC_SLOTS": "1"},
        )
        for name in ("first", "second")
    ]
    for host in hosts:
        host.prepare()
    celery = create_celery(redis_url)
    with ExitStack() as stack:
        app = stack.enter_context(closing(hosts[0].open(CeleryDispatcher(celery))))
        for host in hosts:
            stack.enter_context(host.worker())
        wait_for("two workers", lambda: sum(one.ready for one in list_workers(app)) == 2, within_s=120)
        base = small_project(app)
        sweep = SweepStep("magnitude-pruning", {"sparsity": (0.1, 0.3, 0.5, 0.7)})
        submit(app, ExperimentRequest(base.project_id, (base.id,), ((sweep,),)))
        runs = wait_until_idle(app)
        assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
        assert len({run.worker_id for run in runs}) == 2
    assert not (tmp_path / "first" / "artifacts").exists()
    assert not (tmp_path / "second" / "artifacts").exists()
