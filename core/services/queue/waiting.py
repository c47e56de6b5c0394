"""Why a run has not started, or never will, in words for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.domain.catalogue import Worker
from core.domain.ids import ExperimentId, ProjectId
from core.domain.queue.run import Run, RunStatus


@dataclass(frozen=True)
class Obstacles:
    """What may keep queued runs from starting: workers there are, pauses, limits that are reached."""

    workers: Collection[Worker]
    paused: Collection[ExperimentId]
    full: Mapping[ProjectId, int]


def waiting_reason(run: Run, obstacles: Obstacles) -> str:
    """Return why the run has not started; empty if it has."""
    if run.status is RunStatus.SKIPPED:
        return "a run that it needs did not succeed" if run.error is None else run.error.message
    if run.status is RunStatus.WAITING:
        count = len(run.waits_for)
        waits = "waits for the run before it" if count == 1 else f"waits for {count} other runs"
        return f"{waits}; its experiment is paused" if run.experiment_id in obstacles.paused else waits
    return _queued_reason(run, obstacles) if run.status is RunStatus.QUEUED else ""


def _queued_reason(run: Run, obstacles: Obstacles) -> str:
    if run.experiment_id in obstacles.paused:
        return "its experiment is paused"
    serving = [worker for worker in obstacles.workers if run.queue in worker.queues]
    if not serving:
        return f"no {run.queue} worker is connected"
    if all(worker.draining_at is not None for worker in serving):
        return f"every {run.queue} worker is drained"
    if run.project_id in obstacles.full:
        return f"its project carries out at most {obstacles.full[run.project_id]:,} runs at once"
    if run.dispatched_at is None:
        return "not announced yet; if this stays so, the broker cannot be reached"
    return "waits for a free worker"
