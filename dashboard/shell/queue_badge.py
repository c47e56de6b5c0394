"""The badge beside "Queue": how much is running and queued, over all projects."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.run import RunStatus


def badge_text(counts: Mapping[RunStatus, int]) -> str:
    """Return e.g. `2 running · 14 queued`; empty when nothing is going on."""
    running = counts.get(RunStatus.RUNNING, 0)
    queued = counts.get(RunStatus.QUEUED, 0) + counts.get(RunStatus.WAITING, 0)
    parts = [(running, "running"), (queued, "queued")]
    return " · ".join(f"{count} {word}" for count, word in parts if count)
