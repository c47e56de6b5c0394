"""The badge beside "Queue": how much is running and to come, over all projects."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.queue.run import RunStatus

_ACTIVE = (RunStatus.RUNNING, RunStatus.QUEUED, RunStatus.WAITING)


def badge_text(counts: Mapping[RunStatus, int]) -> str:
    """Return e.g. `2 running · 4 queued · 10 waiting runs`, as the Queue page counts; empty at rest."""
    told = [f"{counts[status]:,} {status.value}" for status in _ACTIVE if counts.get(status)]
    one = sum(counts.get(status, 0) for status in _ACTIVE) == 1
    return f"{' · '.join(told)} {'run' if one else 'runs'}" if told else ""
