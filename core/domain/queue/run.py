"""One unit of work in the queue, and the only table of moves between its statuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.domain.ids import ExperimentId, ModelId, ProjectId, RunId, WorkerId
from core.domain.queue.usage import RunUsage
from core.errors import IllegalTransition


class RunKind(StrEnum):
    """What a run does to its model."""

    TRAIN = "train"  # build a base model and train it from scratch
    IMPORT = "import"  # bring in a base model that was trained elsewhere
    COMPRESS = "compress"  # apply the model's step to its parent; weight statistics are made with it
    EVALUATE = "evaluate"  # predict every instance of a data split
    PROFILE = "profile"  # measure size and speed on the worker's device
    LAYERS = "layers"  # look at what every layer puts out for a few instances
    LAYER_PAIR = "layer-pair"  # compare the layers of two models: weights, activations or channels
    DRIFT = "drift"  # which layers drift most for a group of instances, against random groups
    INSTANCES = "instances"  # keep ids, texts and thumbnails of a data split, to be shown
    SENSITIVITY = "sensitivity"  # compress one layer at a time and evaluate each result


MAKING = frozenset({RunKind.TRAIN, RunKind.IMPORT, RunKind.COMPRESS})
"""Kinds whose success brings their model into being; each model has exactly one such run."""

DIED = "process-died"  # code of the error of a run whose process ended without a result
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SAME_PLACE = 0.02  # of a run's progress, at most
REPORTED_WITHIN_S = 5.0  # how much work at most is not in the last report of a process that died


class RunStatus(StrEnum):
    """Where a run is in its life."""

    WAITING = "waiting"  # for other runs that have not succeeded yet
    QUEUED = "queued"  # could start now; no worker has claimed it
    RUNNING = "running"  # claimed by a worker that renews its lease
    SUCCEEDED = "succeeded"  # results are committed
    FAILED = "failed"  # raised an error, its process died too often, or it was bound to when it still waited
    CANCELLED = "cancelled"  # somebody asked for it
    SKIPPED = "skipped"  # a run it needs failed, was cancelled, lost or skipped
    LOST = "lost"  # its worker vanished and no attempt is left


ACTIVE = frozenset({RunStatus.WAITING, RunStatus.QUEUED, RunStatus.RUNNING})
UNSUCCESSFUL = frozenset({RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SKIPPED, RunStatus.LOST})

TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = MappingProxyType(
    {
        # at once FAILED: what it starts from is made now, or will be, and does not suit it
        RunStatus.WAITING: frozenset(
            {RunStatus.QUEUED, RunStatus.SKIPPED, RunStatus.CANCELLED, RunStatus.FAILED}
        ),
        RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED}),
        # back to QUEUED: the lease expired, its process died, or the worker shut down and gave the run back
        RunStatus.RUNNING: frozenset(
            {
                RunStatus.SUCCEEDED,
                RunStatus.FAILED,
                RunStatus.CANCELLED,
                RunStatus.QUEUED,
                RunStatus.LOST,
            }
        ),
        # once more: the checkpoint it made is gone, or the model it measured was made again
        RunStatus.SUCCEEDED: frozenset({RunStatus.QUEUED, RunStatus.WAITING}),
        # retry: waits again if something it needs is not there
        RunStatus.FAILED: frozenset({RunStatus.QUEUED, RunStatus.WAITING}),
        RunStatus.CANCELLED: frozenset({RunStatus.QUEUED, RunStatus.WAITING}),
        RunStatus.SKIPPED: frozenset({RunStatus.WAITING, RunStatus.QUEUED}),
        RunStatus.LOST: frozenset({RunStatus.QUEUED, RunStatus.WAITING}),
    }
)


def require_move(run_id: RunId, present: RunStatus, wanted: RunStatus) -> None:
    """Raise `IllegalTransition` unless a run may go from `present` to `wanted`."""
    if wanted not in TRANSITIONS[present]:
        possible = ", ".join(sorted(TRANSITIONS[present])) or "nothing; it is final"
        raise IllegalTransition(
            f"Run {run_id} is {present} and cannot become {wanted}.",
            f"From {present} it can become: {possible}.",
        )


@dataclass(frozen=True)
class RunError:
    """Why a run failed, in words for people; the traceback is for the folded part of the page.

    progress, stage: how far the run was and what it was doing, where its process died. lasted_s: after how
        many seconds that was.
    tries: how each try ended that came to no result, this one included; the last few.
    """

    code: str
    message: str
    hint: str = ""
    traceback: str = ""
    progress: float | None = None
    stage: str = ""
    tries: tuple[str, ...] = ()
    lasted_s: float | None = None

    def same_place(self, other: RunError | None) -> bool:
        """Return whether two deaths of a process came at the same step of the same run.

        Progress may differ by what a few seconds of work add, in a long training by a handful of updates. The
        numbers in a stage do not count: an epoch ends between two reports of nearly the same progress.
        """
        if other is None or self.progress is None or other.progress is None:
            return False
        unreported = [death.progress_in(REPORTED_WITHIN_S) for death in (self, other)]
        near = abs(self.progress - other.progress) <= min(SAME_PLACE, max(unreported))
        alike = _NUMBER.sub("", self.stage) == _NUMBER.sub("", other.stage)
        return near and alike and self.code == other.code

    def progress_in(self, seconds: float) -> float:
        """Return how far the run came in so many seconds; all of it where that is not known."""
        if self.progress is None or not self.lasted_s:
            return 1.0
        return self.progress * seconds / self.lasted_s


@dataclass(frozen=True)
class Run:
    """One unit of work.

    payload: what the kind needs besides its model (data set and split, batch sizes, ...).
    queue: routing name, `cpu` or `gpu`; a worker claims from the queues it serves.
    priority: larger runs first; equal ones in order of id.
    attempt: how often it was claimed; results of an older attempt are refused.
    progress: fraction 0..1; `progress_message` says what is going on.
    dispatched_at: when the broker took the announcement; None: still to be sent.
    waits_for: runs that must succeed first and have not.
    usage: what its last attempt used, once that has ended and its worker has told it.
    error: why it failed; of a run that is tried again, how its process died last.
    """

    id: RunId
    project_id: ProjectId
    model_id: ModelId
    kind: RunKind
    status: RunStatus
    created_at: datetime
    experiment_id: ExperimentId | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    queue: str = "cpu"
    priority: int = 0
    attempt: int = 0
    max_attempts: int = 3
    progress: float = 0.0
    progress_message: str = ""
    cancel_requested_at: datetime | None = None
    dispatched_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_until: datetime | None = None
    worker_id: WorkerId | None = None
    error: RunError | None = None
    waits_for: tuple[RunId, ...] = ()
    author: str = ""
    usage: RunUsage | None = None

    def elapsed_s(self, now: datetime) -> float | None:
        """Return seconds since the present or last attempt started; None if it never did."""
        if self.started_at is None:
            return None
        return ((self.finished_at or now) - self.started_at).total_seconds()
