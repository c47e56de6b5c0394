"""Many short runs on three workers while processes are killed and stopped; nothing may be lost or made twice.

`make chaos` does it with 300 runs, `python tests/faults/chaos.py --models 20` with 60. Prints a line of JSON
and ends with 1 if a promise was broken. Each run process is killed once at most: a second death at the same
step ends a run on purpose.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from core.domain.ids import WorkerId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import ACTIVE, Run, RunStatus
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.models.models import get_model, list_models
from core.services.workers.workers import list_workers
from core.testing.running import (
    Installation,
    WorkerProcess,
    all_runs,
    small_project,
    wait_for,
    wait_for_catalogue,
    wait_until_idle,
)
from core.testing.servers.servers import PostgresServer, RedisServer, database
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

WORKERS = 3
LEASE_S = 8.0
EXTRA = {
    "CNC_SLOTS": "2",
    "CNC_LEASE_S": str(LEASE_S),
    "CNC_RENEW_S": "2",
    "CNC_GRACE_S": "2",
    "CNC_MAX_ATTEMPTS": "30",
}


@dataclass
class Chaos:
    """What is done to the workers, and how long runs stayed with one that was dead or stopped."""

    app: Application
    installation: Installation
    dice: random.Random
    workers: list[WorkerProcess] = field(default_factory=list)
    killed_runs: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    recovery_s: float = 0.0

    def start(self) -> None:
        """Start one worker more."""
        self.workers.append(self.installation.worker().start())

    def strike(self) -> None:
        """Do one thing to one worker."""
        act = self.dice.choice(
            [self.kill_run, self.kill_run, self.kill_fork_server, self.kill_worker, self.freeze]
        )
        worker = self.dice.choice(self.workers)
        if worker.process is not None and worker.process.poll() is None:
            act(worker)

    def kill_run(self, worker: WorkerProcess) -> None:
        """Kill a run process that was not killed before."""
        for server in _fork_servers(worker):
            for child in server.children():
                log = _log_of(child)
                if log.startswith("run-") and log not in self.killed_runs:
                    self.killed_runs.add(log)
                    child.kill()
                    self.done["run killed"] += 1
                    return

    def kill_fork_server(self, worker: WorkerProcess) -> None:
        """Kill the process that starts runs; the worker replaces it."""
        for server in _fork_servers(worker):
            server.kill()
            self.done["fork server killed"] += 1

    def kill_worker(self, worker: WorkerProcess) -> None:
        """Kill a worker and start another one."""
        held = self._names(worker)
        worker.end(signal.SIGKILL)
        self.workers.remove(worker)
        self.start()
        self.done["worker killed"] += 1
        self._measure(held)

    def freeze(self, worker: WorkerProcess) -> None:
        """Stop a worker for longer than its lease; it wakes up as a zombie that may not write."""
        if worker.process is None:
            return
        held = self._names(worker)
        worker.process.send_signal(signal.SIGSTOP)
        self._measure(held)
        time.sleep(1.0)
        worker.process.send_signal(signal.SIGCONT)
        self.done["worker stopped"] += 1

    def _names(self, worker: WorkerProcess) -> set[WorkerId]:
        pid = worker.process.pid if worker.process else 0
        return {one.id for one in list_workers(self.app) if one.pid == pid}

    def _measure(self, gone: set[WorkerId]) -> None:
        """Wait until no run is left with the worker, and note how long that took."""
        held = {run.id: run.attempt for run in all_runs(self.app) if _held(run, gone)}
        started = time.monotonic()

        def recovered() -> bool:
            return not any(run.attempt == held.get(run.id) and _held(run, gone) for run in all_runs(self.app))

        wait_for("the runs of a dead worker", recovered, within_s=120, every_s=0.25)
        self.recovery_s = max(self.recovery_s, time.monotonic() - started)


def _held(run: Run, workers: set[WorkerId]) -> bool:
    return run.status is RunStatus.RUNNING and run.worker_id in workers


def _fork_servers(worker: WorkerProcess) -> list[psutil.Process]:
    if worker.process is None:
        return []
    with suppress(psutil.Error):
        every = psutil.Process(worker.process.pid).children(recursive=True)
        return [
            one
            for one in every
            if "workers.processes.fork_server" in " ".join(_command(one)) and one.ppid() == worker.process.pid
        ]
    return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _log_of(process: psutil.Process) -> str:
    try:
        return Path(f"/proc/{process.pid}/fd/1").readlink().stem
    except OSError:
        return ""


def broken(app: Application, base: Model, models: int) -> list[str]:
    """Return every promise that was broken."""
    found = [
        f"run {run.id} ended as {run.status}"
        for run in all_runs(app)
        if run.status is not RunStatus.SUCCEEDED
    ]
    made = list_models(app, base.project_id)
    if len(made) != models + 1 or len({one.identity for one in made}) != len(made):
        found.append(f"{len(made)} models instead of {models + 1}")
    for model in made:
        details = get_model(app, model.id)
        if (len(details.evaluations), len(details.profiles)) != (1, 1):
            found.append(
                f"{model.name} was measured {len(details.evaluations)} and {len(details.profiles)} times"
            )
        if model.artifact is None or not app.artifacts.fetch(model.artifact).is_file():
            found.append(f"{model.name} has no checkpoint")
    return found


@contextmanager
def installed(folder: Path, *, celery: bool) -> Iterator[Installation]:
    """Yield an installation over SQLite, or over Postgres, Redis and Celery."""
    if not celery:
        yield Installation(folder, extra=EXTRA)
        return
    with PostgresServer() as postgres, RedisServer() as redis, database(postgres.url) as url:
        yield Installation(folder, url, redis.url, EXTRA)


def main() -> int:
    """Run the chaos and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100, help="three runs each")
    parser.add_argument("--seconds", type=float, default=180.0, help="how long the chaos lasts at most")
    parser.add_argument("--celery", action="store_true", help="Postgres, Redis and Celery instead of SQLite")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cnc-chaos-")))
        installation = stack.enter_context(installed(folder, celery=chosen.celery))
        installation.prepare()
        broker = installation.broker_url
        dispatcher = CeleryDispatcher(create_celery(broker)) if broker else None
        app = stack.enter_context(closing(installation.open(dispatcher)))
        chaos = Chaos(app, replace(installation), random.Random(chosen.seed))
        stack.callback(lambda: [worker.end(signal.SIGKILL) for worker in chaos.workers])
        return _run(chaos, chosen.models, chosen.seconds)


def _run(chaos: Chaos, models: int, seconds: float) -> int:
    for _ in range(WORKERS):
        chaos.start()
    wait_for_catalogue(chaos.app)
    base = small_project(chaos.app)
    wait_until_idle(chaos.app)
    values = tuple(round(0.9 * (place + 1) / models, 4) for place in range(models))
    step = SweepStep("magnitude-pruning", {"sparsity": values})
    submit(chaos.app, ExperimentRequest(base.project_id, (base.id,), ((step,),), confirmed=True))
    started = time.monotonic()
    while time.monotonic() - started < seconds and any(run.status in ACTIVE for run in all_runs(chaos.app)):
        time.sleep(chaos.dice.uniform(1.0, 3.0))
        chaos.strike()
    runs = wait_until_idle(chaos.app, within_s=600)
    wrong = broken(chaos.app, base, models)
    left = _left_behind(chaos)
    told = {
        "runs": len(runs),
        "seconds": round(time.monotonic() - started, 1),
        "strikes": dict(chaos.done),
        "recovery_s": round(chaos.recovery_s, 1),
        "recovery_limit_s": LEASE_S + 5,
        "orphans": left,
        "broken": wrong,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if wrong or left or chaos.recovery_s > LEASE_S + 5 else 0


def _left_behind(chaos: Chaos) -> list[int]:
    """End all workers and return the processes of runs that are still there."""
    for worker in chaos.workers:
        worker.end(signal.SIGKILL)
    time.sleep(2.0)
    logs = str(chaos.app.logs_dir)
    return [
        one.pid for one in psutil.process_iter() if re.match(re.escape(logs), _output_of(one)) is not None
    ]


def _output_of(process: psutil.Process) -> str:
    try:
        return str(Path(f"/proc/{process.pid}/fd/1").readlink())
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
