"""What the database side of the queue costs: submitting a sweep, and claiming with a long history.

No worker takes part; claims are made one after the other, as a worker with one slot makes them. The plans of
the queries are checked: a scan of all runs would show in the times only where there are many.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.domain.ids import ModelId
from core.domain.project import Project
from core.domain.recipe import SweepStep
from core.errors import Misconfigured
from core.services.application import Application
from core.services.models.models import list_models
from core.services.queue import run_lifecycle
from core.testing.fakes import open_migrated
from core.testing.laboratory import WORKER, Laboratory
from core.testing.projects.planted_runs import plant_finished
from core.testing.servers.servers import PostgresServer, database

MODELS = 1_000
HISTORY = 100_000
CLAIMS = 100
_QUEUED = (
    "SELECT project_id, author, experiment_id, max(priority), min(id) FROM runs WHERE status = 'queued' \
AND queue IN ('cpu') GROUP BY project_id, author, experiment_id"
)
_LAST = "SELECT max(started_at) FROM runs WHERE experiment_id = 1"


def submit_1000() -> dict[str, Any]:
    """Measure one request for 1,000 models, SQLite, from the call until it is committed."""
    with _laboratory() as (laboratory, project, base):
        started = time.perf_counter()
        _sweep(laboratory, project, base, MODELS)
        value = time.perf_counter() - started
    return {"value": round(value, 3), "unit": "s", "baseline": 2.0, "ratio": round(value / 2.0, 3), "runs": 1}


def claim_sqlite() -> dict[str, Any]:
    """Measure a claim with 100,000 finished runs; the baseline is the same without them."""
    with _laboratory() as given:
        return _claims(*given)


def claim_postgres() -> dict[str, Any]:
    """Measure the same on Postgres."""
    with PostgresServer() as postgres, database(postgres.url) as url, _laboratory(url) as given:
        return _claims(*given)


def _claims(laboratory: Laboratory, project: Project, base: ModelId) -> dict[str, Any]:
    _sweep(laboratory, project, base, 2 * CLAIMS + 10)
    before = _claim_ms(laboratory)
    plant_finished(laboratory.app, project.id, base, HISTORY)
    _require_indexes(laboratory.app)
    after = _claim_ms(laboratory)
    return {
        "value": round(after, 2),
        "unit": "ms",
        "baseline": round(before, 2),
        "ratio": round(after / before, 2),
        "runs": CLAIMS,
    }


def _claim_ms(laboratory: Laboratory) -> float:
    took = []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        run = run_lifecycle.claim_next(laboratory.app, WORKER, queues=("cpu",))
        took.append((time.perf_counter() - started) * 1000)
        if run is None:
            raise Misconfigured("There is nothing left to claim.")
        run_lifecycle.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
    return statistics.median(took)


def _require_indexes(app: Application) -> None:
    """Raise `Misconfigured` unless both queries of a claim read an index instead of all runs."""
    engine = app.unit_of_work.engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("ANALYZE runs"))
        for query in (_QUEUED, _LAST):
            how = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
            plan = " ".join(str(row) for row in connection.execute(sa.text(f"{how} {query}")))
            if "Seq Scan on runs" in plan or "SCAN runs'" in plan:
                raise Misconfigured(f"A claim reads all runs: {plan}")


@contextmanager
def _laboratory(url: str = "") -> Iterator[tuple[Laboratory, Project, ModelId]]:
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        chosen = url or f"sqlite:///{folder}/product.db"
        with closing(open_migrated(chosen, Path(folder))) as app:
            laboratory = Laboratory(app)
            laboratory.open()
            project = laboratory.project()
            laboratory.base(project)
            laboratory.play()
            yield laboratory, project, list_models(app, project.id)[0].id


def _sweep(laboratory: Laboratory, project: Project, base: ModelId, models: int) -> None:
    values = tuple(round(0.9 * (place + 1) / models, 6) for place in range(models))
    laboratory.sweep(project, base, ((SweepStep("prune", {"sparsity": values}),),))


FIGURES = {
    "queue.submit_1000_s": submit_1000,
    "queue.claim_ms.sqlite": claim_sqlite,
    "queue.claim_ms.postgres": claim_postgres,
}
