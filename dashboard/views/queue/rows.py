"""Lines of the queue as the grid takes them: flat JSON, times in milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.comparison.naming.lineage_names import THEN
from core.domain.catalogue import Worker
from core.domain.ids import ExperimentId, ModelId, WorkerId
from core.domain.queue.durations import CERTAIN, extrapolated
from core.domain.queue.run import Run, RunStatus
from core.services.queue.runs import QueuedRun
from dashboard.views.queue.words import kind_label, status_label, time_left

_ENDED = (RunStatus.FAILED, RunStatus.LOST, RunStatus.CANCELLED, RunStatus.SKIPPED, RunStatus.SUCCEEDED)
"""In which order runs that ended are listed: first what asks for something to be done."""


@dataclass(frozen=True)
class RowContext:
    """What a line needs besides its run: workers by id, project names by slug, the present instant.

    ancestors: names of the ancestors of models, parent first. lineages: short names of models, by how they
    were made. experiments: their titles.
    """

    workers: Mapping[WorkerId, Worker]
    project_names: Mapping[str, str]
    now: datetime
    ancestors: Mapping[ModelId, tuple[str, ...]] = field(default_factory=dict)
    lineages: Mapping[ModelId, str] = field(default_factory=dict)
    experiments: Mapping[ExperimentId, str] = field(default_factory=dict)


def grid_row(row: QueuedRun, around: RowContext) -> dict[str, Any]:
    """Return one line. `note` is what the progress column says when there is no bar to show."""
    run = row.run
    before = around.ancestors.get(run.model_id, ())
    stopping = run.status is RunStatus.RUNNING and run.cancel_requested_at is not None
    return {
        "id": str(run.id),
        "order": order(run),
        "status": run.status.value,
        "status_label": "Stopping" if stopping else status_label(run.status),
        "model": row.model_name,
        "origin": THEN.join(reversed(before)),
        "lineage": around.lineages.get(run.model_id, row.model_name),
        "kind": kind_label(run.kind),
        "kind_key": run.kind.value,
        "progress": run.progress,
        "message": run.progress_message,
        "left": _left(run, around.now),
        "note": row.reason or (run.error.message if run.error else ""),
        "worker": _worker(run.worker_id, around.workers),
        "experiment": around.experiments.get(run.experiment_id, "") if run.experiment_id else "",
        "experiment_id": run.experiment_id,
        "attempt": run.attempt,
        "priority": run.priority,
        "queued": _milliseconds(run.queued_at or run.created_at),
        "started": _milliseconds(run.started_at),
        "finished": _milliseconds(run.finished_at),
        "slug": row.project_slug,
        "project": around.project_names.get(row.project_slug, row.project_slug),
    }


def grid_rows(rows: Iterable[QueuedRun], around: RowContext) -> list[dict[str, Any]]:
    """Return lines in the order given."""
    return [grid_row(row, around) for row in rows]


def order(run: Run) -> float:
    """Return a number that sorts runs as the queue is read.

    What runs comes first, then what comes next; then what ended, by how, the latest of each first.
    """
    ended = _milliseconds(run.finished_at or run.created_at) or 0
    if run.status is RunStatus.RUNNING:
        return float(run.id)
    if run.status is RunStatus.QUEUED:
        return 1e14 - run.priority * 1e10 + run.id
    if run.status is RunStatus.WAITING:
        return 2e14 + run.id
    return (4 + _ENDED.index(run.status)) * 1e14 - ended


def device_names(worker: Worker) -> str:
    """Return what a worker computes on, e.g. `NVIDIA H200` or `2 x NVIDIA H200`."""
    names = [device.name for device in worker.devices]
    counted = ((names.count(name), name) for name in dict.fromkeys(names))
    return ", ".join(
        f"{number} \N{MULTIPLICATION SIGN} {name}" if number > 1 else name for number, name in counted
    )


def _left(run: Run, now: datetime) -> str:
    elapsed_s = run.elapsed_s(now)
    if run.status is not RunStatus.RUNNING or elapsed_s is None or run.progress < CERTAIN:
        return ""
    return f"{time_left(extrapolated(elapsed_s, run.progress))} left"


def _worker(worker_id: WorkerId | None, workers: Mapping[WorkerId, Worker]) -> str:
    if worker_id is None:
        return ""
    worker = workers.get(worker_id)
    if worker is None:
        return str(worker_id)
    devices = device_names(worker)
    return f"{worker.host} \N{MIDDLE DOT} {devices}" if devices else worker.host


def _milliseconds(instant: datetime | None) -> int | None:
    return None if instant is None else round(instant.timestamp() * 1000)
