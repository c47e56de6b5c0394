"""What the queue costs per run: from submit to the stored result, minus the work itself.

The work is a step that waits exactly `COMPUTE_S`; loading the parent, storing the model, its statistics
and both transactions count as overhead. Runs are submitted one at a time to an idle worker.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.errors import UnusableInput
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.models.models import get_model
from core.services.queue.runs import get_run
from core.testing.running import Installation, small_project, wait_for, wait_for_catalogue, wait_until_idle
from core.testing.servers.servers import PostgresServer, RedisServer, database
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher

COMPUTE_S = 0.25
RUNS = 20
NOOPS = 20
_PLUGINS = Path(__file__).parent / "plugins"


def overhead_embedded() -> dict[str, Any]:
    """Measure the local loop over SQLite."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        return _measured(Installation(Path(folder), extra=_extra()))


def overhead_celery() -> dict[str, Any]:
    """Measure a Celery worker over Redis and Postgres."""
    with (
        tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder,
        PostgresServer() as postgres,
        RedisServer() as redis,
        database(postgres.url) as url,
    ):
        return _measured(Installation(Path(folder), url, redis.url, _extra()))


def dispatch_embedded() -> dict[str, Any]:
    """Measure from the commit of a submission to the claim, local loop over SQLite, idle worker."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        return _dispatched(Installation(Path(folder), extra=_extra()), 50.0)


def dispatch_celery() -> dict[str, Any]:
    """Measure the same with Celery over Redis and Postgres."""
    with (
        tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder,
        PostgresServer() as postgres,
        RedisServer() as redis,
        database(postgres.url) as url,
    ):
        return _dispatched(Installation(Path(folder), url, redis.url, _extra()), 30.0)


def noop_embedded() -> dict[str, Any]:
    """Measure runs that do nothing but load and store a model, each in a process of its own, per slot."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        installation = Installation(Path(folder), extra=_extra())
        with _running(installation) as (app, base):
            step = SweepStep("benchmark-waiting", {"seconds": (0.0,), "number": tuple(range(NOOPS))})
            submit(app, ExperimentRequest(base.project_id, (base.id,), ((step,),)))
            ended = [run for run in wait_until_idle(app) if run.experiment_id is not None]
    starts = [run.started_at.timestamp() for run in ended if run.started_at]
    ends = [run.finished_at.timestamp() for run in ended if run.finished_at]
    rate = len(ended) / (max(ends) - min(starts)) / int(_extra()["CNC_SLOTS"])
    processor_s = statistics.mean(
        run.usage.processors * run.usage.seconds for run in ended if run.usage and run.usage.processors
    )
    return {
        "value": round(rate, 2),
        "unit": f"runs/s per slot; {processor_s:.2f} processor seconds a run",
        "baseline": 20.0,
        "ratio": round(rate / 20.0, 3),
        "runs": len(ended),
    }


def _dispatched(installation: Installation, limit_ms: float) -> dict[str, Any]:
    with _running(installation) as (app, base):
        waits = [_once(app, base, number, dispatch=True) for number in range(RUNS)]
    value = statistics.median(waits) * 1000
    ratio = round(value / limit_ms, 3)
    return {"value": round(value, 1), "unit": "ms", "baseline": limit_ms, "ratio": ratio, "runs": RUNS}


def _extra() -> dict[str, str]:
    return {"CNC_PLUGINS_DIR": str(_PLUGINS), "CNC_SLOTS": "2"}


def _measured(installation: Installation) -> dict[str, Any]:
    with _running(installation) as (app, base):
        overheads = [_once(app, base, number) for number in range(RUNS)]
    value = statistics.median(overheads)
    return {"value": round(value, 4), "unit": "s", "baseline": None, "ratio": None, "runs": RUNS}


@contextmanager
def _running(installation: Installation) -> Iterator[tuple[Application, Model]]:
    installation.prepare()
    broker = installation.broker_url
    dispatcher = CeleryDispatcher(create_celery(broker)) if broker else None
    with closing(installation.open(dispatcher)) as app, installation.worker() as worker:
        wait_for_catalogue(app)
        base = small_project(app)
        wait_until_idle(app)
        yield app, base
        worker.end()


def _once(app: Application, base: Model, number: int, *, dispatch: bool = False) -> float:
    step = SweepStep("benchmark-waiting", {"seconds": (COMPUTE_S,), "number": (number,)})
    started = time.time()
    submitted = submit(app, ExperimentRequest(base.project_id, (base.id,), ((step,),)))

    run_id = next(
        run.id for run in get_model(app, submitted.model_ids[0]).runs if run.kind is RunKind.COMPRESS
    )

    def result() -> float | None:
        run = get_run(app, run_id)
        if run.status is RunStatus.FAILED:
            raise UnusableInput(f"The run failed: {run.error}")
        return run.finished_at.timestamp() if run.status is RunStatus.SUCCEEDED and run.finished_at else None

    finished = wait_for("a result", result, every_s=0.05)
    wait_until_idle(app)
    if dispatch:
        run = get_run(app, run_id)
        if run.started_at is None or run.queued_at is None:
            raise UnusableInput("The run never started.")
        return (run.started_at - run.queued_at).total_seconds()
    return finished - started - COMPUTE_S


FIGURES = {
    "queue.overhead_s.embedded": overhead_embedded,
    "queue.overhead_s.celery": overhead_celery,
    "queue.dispatch_p50_ms.embedded": dispatch_embedded,
    "queue.dispatch_p50_ms.celery": dispatch_celery,
    "queue.noop_runs_per_s": noop_embedded,
}
