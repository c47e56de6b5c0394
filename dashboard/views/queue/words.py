"""How statuses, kinds and times are written on the Queue page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from core.domain.queue.durations import Span
from core.domain.queue.run import RunKind, RunStatus
from core.presentation.durations import duration, rounded, time_range

STATUSES: Mapping[RunStatus, str] = {
    RunStatus.RUNNING: "Running",
    RunStatus.QUEUED: "Queued",
    RunStatus.WAITING: "Waiting",
    RunStatus.SUCCEEDED: "Succeeded",
    RunStatus.FAILED: "Failed",
    RunStatus.LOST: "Lost",
    RunStatus.SKIPPED: "Skipped",
    RunStatus.CANCELLED: "Cancelled",
}
"""Every status, in the order in which people ask about them."""

KINDS: Mapping[RunKind, str] = {
    RunKind.TRAIN: "Train",
    RunKind.IMPORT: "Import",
    RunKind.COMPRESS: "Compress",
    RunKind.EVALUATE: "Evaluate",
    RunKind.PROFILE: "Profile",
    RunKind.LAYERS: "Activations",
    RunKind.LAYER_PAIR: "Compare layers",
    RunKind.DRIFT: "Drift of a group",
    RunKind.SENSITIVITY: "Sensitivity",
    RunKind.INSTANCES: "Keep instances",
}


def status_label(status: RunStatus) -> str:
    """Return the word for a status."""
    return STATUSES.get(status, status.value.capitalize())


def kind_label(kind: RunKind) -> str:
    """Return the word for a kind of run."""
    return KINDS.get(kind, kind.value.capitalize())


def time_left(span: Span) -> str:
    """Write an estimate as the range that it is, e.g. `a few seconds`, `1 to 3 min`, `40 s to 2 min`."""
    return time_range(span.low_s, span.high_s)


def at_least(seconds: float) -> str:
    """Write the shortest time that something takes, e.g. `at least 20 s`; empty below the smallest step."""
    number, unit = rounded(seconds, math.floor)
    return f"at least {number:g} {unit}" if number else ""


def ago(then: datetime, now: datetime) -> str:
    """Write how long ago something was, e.g. `just now`, `20 s ago`."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"
