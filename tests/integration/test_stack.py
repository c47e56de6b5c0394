"""The very commands of docker-compose.yml, over Postgres, Redis and a Celery worker: the whole loop."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
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
from core.testing.servers.compose import host_command, host_health_check
from core.testing.servers.servers import free_port
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


def test_the_commands_of_the_containers_do_the_whole_loop(installation: Installation, tmp_path: Path) -> None:
    check = host_health_check(COMPOSE, "worker")
    for _ in range(2):  # a second migration finds nothing to do
        environment = migrated(installation)
    assert subprocess.run(check, env=environment, check=False, timeout=60).returncode == 1
    with ExitStack() as stack:
        dispatcher = CeleryDispatcher(create_celery((tmp_path / "broker_url").read_text()))
        app = stack.enter_context(closing(installation.open(dispatcher)))
        stack.enter_context(service("worker", environment, tmp_path))
        stack.enter_context(service("dashboard", environment, tmp_path))
        wait_for_catalogue(app)
        assert subprocess.run(check, env=environment, check=False, timeout=60).returncode == 0
        dashboard_address(installation)
        base = small_project(app)
        pruned = SweepStep("magnitude-pruning", {"sparsity": (0.3, 0.6)})
        request = ExperimentRequest(
            base.project_id, (base.id,), ((pruned, SweepStep("weight-only-quantization")),)
        )
        assert submit(app, request).announced
        runs = wait_until_idle(app, within_s=120)
        models = list_models(app, base.project_id)
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
    assert len(models) == 1 + 2 + 2
    assert all({"top1", "latency_ms_b1"} <= model.metrics.keys() for model in models)
