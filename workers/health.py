"""Whether a worker of this machine is alive, judged by its heartbeat: the container's health check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.domain.catalogue import Worker
from core.services.workers.workers import is_live

_SILENCE_S = 30.0


def healthy(workers: Iterable[Worker], *, host: str, now: datetime) -> bool:
    """Return whether any worker of `host` has started and gave a sign of life in the last half minute."""
    return any(
        worker.host == host and worker.ready and is_live(worker, now=now, silence_s=_SILENCE_S)
        for worker in workers
    )
