"""The very commands of docker-compose.yml, over Postgres, Redis and a Celery worker: the whole loop."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from fsspec import get_filesystem_class
from playwright.sync_api import Page, expect

from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import ACTIVE, RunStatus
from core.domain.recipe import SweepStep
from core.services.experiments.experiments import submit
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.services.queue.runs import cancel_runs
from core.testing.running import (
    Installation,
    all_runs,
    small_project,
    wait_for,
    wait_for_catalogue,
    wait_until_idle,
)
from core.testing.servers.compose import host_command, host_environment, host_health_check, make_secrets
from core.testing.servers.servers import free_port, postgres_binaries
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def installation(postgres_url: str, redis_url: str, tmp_path: Path) -> Installation:
    """Settings as the containers get them, with the passwords in files."""
    (tmp_path / "database_url").write_text(postgres_url.replace("postgresql+psycopg://", "postgresql://"))
    (tmp_path / "broker_url").write_text(redis_url)
    extra = {
        "CNC_DATABASE_URL_FILE": str(tmp_path / "database_url"),
        "CNC_BROKER_URL_FILE": str(tmp_path / "broker_url"),
        "CNC_PORT": str(free_port()),
        "CNC_SLOTS": "2",
    }
    return Installation(tmp_path / "data", extra=extra)


@contextmanager
def service(name: str, environment: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service's command until the end of the block; it must then stop when asked to."""
    with (folder / f"{name}.log").open("wb") as log:
        command = host_command(COMPOSE, name)
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (folder / f"{name}.log").read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def migrated(installation: Installation) -> dict[str, str]:
    """Create the tables and return the environment of the containers."""
    environment = {**os.environ, **installation.environment}
    subprocess.run(host_command(COMPOSE, "migrate"), env=environment, check=True, timeout=60)
    return environment


def dashboard_address(installation: Installation) -> str:
    """Return where the dashboard is, once it answers."""
    address = f"http://127.0.0.1:{installation.extra['CNC_PORT']}"
    wait_for("a dashboard", lambda: answers(f"{address}/readyz"), within_s=60, every_s=0.2)
    return address


def test_a_fresh_stack_offers_the_example_which_a_worker_makes(
    installation: Installation, tmp_path: Path, page: Page
) -> None:
    environment = migrated(installation)
    with ExitStack() as stack:
        app = stack.enter_context(closing(installation.open()))
        stack.enter_context(service("dashboard", environment, tmp_path))
        page.goto(dashboard_address(installation))
        page.get_by_role("button", name="Make the example project").click()
        expect(page).to_have_url(re.compile("/p/digits/overview"))
        line = page.locator("#shell-beginning")
        expect(line).to_contain_text("No worker is connected, 156 runs wait.")
        stack.enter_context(service("worker", environment, tmp_path))
        expect(line).to_contain_text("models to go", timeout=60_000)
        project = get_project(app, "digits")
        wait_for(
            "the first compressed model",
            lambda: any(model.ready and model.parent_id for model in list_models(app, project.id)),
            within_s=120,
            every_s=0.5,
        )
        cancel_runs(app, [run.id for run in all_runs(app) if run.status in ACTIVE])


@pytest.fixture
def composed(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What stands on this machine for the folders, ports and hosts of the containers."""
    for name in ("secrets", "plugins", "datasets", "data"):
        (tmp_path / name).mkdir()
    make_secrets(COMPOSE, tmp_path / "secrets")
    redis, port, storage = (str(free_port()) for _ in range(3))
    file = tmp_path / "secrets" / "broker_url"
    file.chmod(0o644)
    file.write_text(file.read_text().replace("redis:6379", f"127.0.0.1:{redis}"))
    file = (
        tmp_path / "secrets" / "database_url"
    )  # the image of Postgres makes the server, here a fixture does
    file.chmod(0o644)
    file.write_text(postgres_url.replace("postgresql+psycopg://", "postgresql://"))
    monkeypatch.setenv("CNC_ARTIFACTS_URL", "s3://models/of/ours")  # as with the profile `storage`
    folders = {f"/{name}": str(tmp_path / name) for name in ("plugins", "datasets")}
    return {
        "/run/cnc": str(tmp_path / "secrets"),
        **folders,
        "storage:8333": f"127.0.0.1:{storage}",
        "8050": port,
        "6379": redis,
        "redis-cli": f"redis-cli -p {redis}",
    }


def healthy(name: str, replaced: Mapping[str, str], environment: Mapping[str, str], *more: str) -> bool:
    """Run the health check of a service."""
    check = host_health_check(COMPOSE, name, replaced)
    done = subprocess.run([*check, *more], env=environment, check=False, timeout=60, capture_output=True)
    return done.returncode == 0


@contextmanager
def redis_of(replaced: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Run the broker with the file that the passwords' service has written."""
    command = host_command(COMPOSE, "redis", replaced)
    options = ["--port", replaced["6379"], "--bind", "127.0.0.1", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def storage_of(replaced: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Serve S3 where the containers look for it, in place of the image of the profile `storage`."""
    host, port = replaced["storage:8333"].split(":")
    command = [sys.executable, "-m", "moto.server", "--host", host, "--port", port]
    with (folder / "storage.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for("the storage", lambda: answers(f"http://{host}:{port}/moto-api/"), within_s=60, every_s=0.2)
        yield
    finally:
        process.kill()
        process.wait()


def require_lasting(broker: str) -> None:
    with redis.from_url(broker) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def require_first_link(folder: Path, address: str) -> None:
    link = (folder / "data" / "first-sign-in.txt").read_text().strip()
    assert link in (folder / "dashboard.log").read_text()
    assert link.startswith(f"{address}/set-password/")
    with urllib.request.urlopen(link, timeout=20) as page:
        assert b"Set a password" in page.read()


def test_the_commands_of_the_containers_do_the_whole_loop(
    composed: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = host_environment(COMPOSE, "dashboard", composed)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, given[name])  # this process looks into the storage, too
    get_filesystem_class("s3").clear_instance_cache()
    given |= {"CNC_HOST": "127.0.0.1", "CNC_PORT": composed["8050"], "CNC_DATA_DIR": str(tmp_path / "data")}
    installation = Installation(tmp_path / "data", extra={**given, "CNC_SLOTS": "2"})
    programs = f"{Path(sys.executable).parent}:{postgres_binaries()}:{os.environ['PATH']}"
    environment = {**os.environ, **installation.environment, "PATH": programs}
    with ExitStack() as stack:
        stack.enter_context(redis_of(composed, tmp_path))
        stack.enter_context(storage_of(composed, tmp_path))
        wait_for("the broker", lambda: healthy("redis", composed, environment), within_s=30)
        broker = (tmp_path / "secrets" / "broker_url").read_text()
        require_lasting(broker)
        database = urlsplit((tmp_path / "secrets" / "database_url").read_text())
        assert healthy("postgres", composed, environment, f"--port={database.port}")
        for _ in range(2):  # a second migration finds nothing to do
            migrated(installation)
        assert not healthy("worker", composed, environment)
        dispatcher = CeleryDispatcher(create_celery(broker))
        app = stack.enter_context(closing(installation.open(dispatcher)))
        stack.enter_context(service("worker", environment, tmp_path))
        stack.enter_context(service("dashboard", environment, tmp_path))
        wait_for_catalogue(app)
        assert healthy("worker", composed, environment)
        address = dashboard_address(installation)
        assert healthy("dashboard", composed, environment)
        require_first_link(tmp_path, address)
        base = small_project(app)
        pruned = SweepStep("magnitude-pruning", {"sparsity": (0.3, 0.6)})
        request = ExperimentRequest(
            base.project_id, (base.id,), ((pruned, SweepStep("weight-only-quantization")),)
        )
        assert submit(app, request).announced
        runs = wait_until_idle(app, within_s=120)
        models = list_models(app, base.project_id)
        stored = {one.key for one in app.artifacts.list()}
    assert stored >= {model.artifact for model in models}
    assert not (tmp_path / "data" / "artifacts").exists()
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
    assert len(models) == 1 + 2 + 2
    assert all({"top1", "latency_ms_b1"} <= model.metrics.keys() for model in models)
