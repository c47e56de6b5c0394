"""A whole installation in a folder of its own, with real worker processes, for tests and benchmarks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from core import settings
from core.domain.model import Model
from core.domain.queue.run import ACTIVE, Run
from core.persistence.database import create_engine
from core.ports import Dispatcher
from core.services.application import Application, Connection, Limits, open_application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue.runs import RunQuery, list_runs
from core.services.workers.workers import list_workers
from core.testing.migrated import migrate

T = TypeVar("T")

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installation:
    """Settings and the places they name; the database is migrated when `prepare` was called."""

    folder: Path
    database_url: str = ""
    broker_url: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The settings as environment variables."""
        chosen = {
            "CNC_DATA_DIR": str(self.folder),
            "CNC_DATABASE_URL": self.database_url,
            "CNC_BROKER_URL": self.broker_url,
            **self.extra,
        }
        return {name: value for name, value in chosen.items() if value}

    def open(self, dispatcher: Dispatcher | None = None) -> Application:
        """Return an application over this installation."""
        chosen = settings.load(self.environment)
        connection = Connection(
            database_url=chosen.database_url,
            artifacts_url=chosen.artifacts_url,
            logs_dir=chosen.data_dir / "logs",
            cache_dir=chosen.data_dir / "cache",
            limits=Limits(lease_s=chosen.lease_s, max_attempts=chosen.max_attempts),
        )
        return open_application(connection, dispatcher=dispatcher)

    def prepare(self) -> None:
        """Make the data folder and bring the database up to date."""
        chosen = settings.load(self.environment)
        chosen.prepare_data_dir()
        engine = create_engine(chosen.database_url)
        migrate(engine)
        engine.dispose()

    def worker(self) -> WorkerProcess:
        """Return a worker of this installation, not started yet."""
        return WorkerProcess(self.environment, self.folder / "worker-output.log")


class WorkerProcess:
    """`python -m workers` as a process; in a `with` statement it is started, and killed at the end."""

    def __init__(self, environment: Mapping[str, str], output: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CNC_")}
        self._environment = {**inherited, **environment}
        self._output = output
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the worker and return it; it is not ready yet."""
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers"],
                env=self._environment,
                cwd=_ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    def end(self, how: signal.Signals = signal.SIGTERM, *, within_s: float = 30.0) -> int:
        """Send a signal, wait until the worker is gone, and return its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(how)
        try:
            return self.process.wait(within_s)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def output(self) -> str:
        """Return what all workers of the installation have printed."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)


def wait_for(what: str, look: Callable[[], T | None], *, within_s: float = 60.0, every_s: float = 0.05) -> T:
    """Return the first true value of `look`; `TimeoutError` saying what did not come."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {within_s:g} s")
        time.sleep(every_s)
    return found


def wait_for_catalogue(app: Application, *, within_s: float = 120.0) -> None:
    """Return when a worker has published what it can do."""
    wait_for("a catalogue", lambda: any(worker.ready for worker in list_workers(app)), within_s=within_s)


def all_runs(app: Application) -> list[Run]:
    """Return every run, in order of id."""
    return sorted((row.run for row in list_runs(app, RunQuery(limit=100_000))), key=lambda run: run.id)


def wait_until_idle(app: Application, *, within_s: float = 120.0) -> list[Run]:
    """Return all runs as soon as none is active any more."""

    def idle() -> Collection[Run] | None:
        runs = all_runs(app)
        return runs if runs and all(run.status not in ACTIVE for run in runs) else None

    return list(wait_for("an empty queue", idle, within_s=within_s, every_s=0.1))


def small_project(app: Application, *, slug: str = "small") -> Model:
    """Create a project over the digits with one untrained base model, and return that model."""
    project = create_project(
        app,
        ProjectRequest(
            name="Small",
            slug=slug,
            task="image-classification",
            datasets=(DatasetRequest("digits", "digits"),),
        ),
    )
    request = BaseModelRequest(project.id, "base", "residual-cnn", {"width": 4})
    return add_base_model(app, request)
