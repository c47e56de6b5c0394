"""How statuses, kinds and times are written on the Queue page."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime

from core.domain.run import RunKind, RunStatus

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
    RunKind.SENSITIVITY: "Sensitivity",
}


def status_label(status: RunStatus) -> str:
    """Return the word for a status."""
    return STATUSES.get(status, status.value.capitalize())


def kind_label(kind: RunKind) -> str:
    """Return the word for a kind of run."""
    return KINDS.get(kind, kind.value.capitalize())


def duration(seconds: float | None) -> str:
    """Write a duration with its two largest units, e.g. `8 s`, `1 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return "\N{EM DASH}"
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    units = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    for (size, word), (smaller, smaller_word) in itertools.pairwise(units):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {word} {rest} {smaller_word}" if rest else f"{whole // size} {word}"
    return f"{whole} s"


def ago(then: datetime, now: datetime) -> str:
    """Write how long ago something was, e.g. `just now`, `20 s ago`."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"


def count(number: int, noun: str) -> str:
    """Write a count with its noun, e.g. `1 run`, `12 runs`."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"
