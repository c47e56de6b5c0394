"""How statuses, kinds and times are written on the Queue page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from core.domain.queue.durations import Span
from core.domain.queue.run import RunKind, RunStatus
from core.presentation.durations import duration

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


_COARSE = (
    *((60, 10, 1, "s"), (600, 60, 60, "min"), (3_600, 300, 60, "min")),
    *((36_000, 1_800, 3_600, "h"), (86_400, 3_600, 3_600, "h")),
)
"""Up to which duration estimates are rounded to what, and in which unit they are written; all in seconds."""


def status_label(status: RunStatus) -> str:
    """Return the word for a status."""
    return STATUSES.get(status, status.value.capitalize())


def kind_label(kind: RunKind) -> str:
    """Return the word for a kind of run."""
    return KINDS.get(kind, kind.value.capitalize())


def time_left(span: Span) -> str:
    """Write an estimate as the range that it is, e.g. `a few seconds`, `1 to 3 min`, `40 s to 2 min`."""
    low, high = _rounded(span.low_s, math.floor), _rounded(span.high_s, math.ceil)
    if not high[0] or high == (10, "s"):
        return "a few seconds"
    if not low[0]:
        return f"up to {high[0]:g} {high[1]}"
    if low == high:
        return f"about {high[0]:g} {high[1]}"
    first = f"{low[0]:g}" if low[1] == high[1] else f"{low[0]:g} {low[1]}"
    return f"{first} to {high[0]:g} {high[1]}"


def at_least(seconds: float) -> str:
    """Write the shortest time that something takes, e.g. `at least 20 s`; empty below the smallest step."""
    number, unit = _rounded(seconds, math.floor)
    return f"at least {number:g} {unit}" if number else ""


def _rounded(seconds: float, direction: Callable[[float], int]) -> tuple[float, str]:
    """Return a number and its unit, as coarse as an estimate is."""
    for below_s, step_s, unit_s, unit in _COARSE:
        rounded_s = direction(seconds / step_s) * step_s
        if rounded_s < below_s:
            return rounded_s / unit_s, unit
    return direction(seconds / 86_400), "d"


def ago(then: datetime, now: datetime) -> str:
    """Write how long ago something was, e.g. `just now`, `20 s ago`."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"
