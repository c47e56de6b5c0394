"""Who a worker is, and which workers seen earlier on this machine are certainly gone."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import psutil

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.services.workers.host import place

_CLOCK_SLACK = timedelta(seconds=2)


def served_queues(host: str, gpus: Iterable[int]) -> tuple[str, ...]:
    """Return the queues of a worker: `cpu`, and where it has GPUs `gpu` and one for each, by its number."""
    own = tuple(f"gpu.{host}.{number}" for number in gpus)
    return ("cpu", "gpu", *own) if own else ("cpu",)


def this_worker(*, queues: tuple[str, ...], slots: int) -> Worker:
    """Return this process as a worker; every start has an id of its own."""
    host, pid = socket.gethostname(), os.getpid()
    started = datetime.now(UTC)
    name = WorkerId(f"{host}-{pid}-{place()}-{uuid.uuid4().hex[:6]}")
    return Worker(
        id=name, host=host, pid=pid, queues=queues, slots=slots, started_at=started, last_seen_at=started
    )


def gone(
    workers: Iterable[Worker], here: str, process_started: Callable[[int], datetime | None]
) -> list[Worker]:
    """Return the workers of this place whose process has ended.

    here: this place. process_started: when the process with an id began, None if there is none; a
    process younger than the worker is another one that got its number.
    """
    ended = []
    for worker in workers:
        if worker.stopped_at is not None or f"-{worker.pid}-{here}-" not in worker.id:
            continue
        started = process_started(worker.pid)
        if started is None or started > worker.started_at + _CLOCK_SLACK:
            ended.append(worker)
    return ended


def process_started(pid: int) -> datetime | None:
    """Return when the process began, None if there is none or it only waits to be reaped."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return datetime.fromtimestamp(process.create_time(), UTC)
    except psutil.NoSuchProcess:
        return None
