"""Runs a Celery worker in this process: one supervising thread per slot."""

from __future__ import annotations

import logging

from celery import Celery, signals

from workers.runtime import Runtime
from workers.tasks import register

log = logging.getLogger(__name__)


def run_celery_worker(celery: Celery, runtime: Runtime) -> int:
    """Consume until asked to stop (SIGTERM, Ctrl-C); runs that are going then are given back.

    The upkeep does not wait for the broker: heartbeats and the sweep go on while it is away.
    """
    register(celery, runtime)
    runtime.start()
    signals.worker_shutting_down.connect(lambda **_: runtime.stopping.set(), weak=False)
    worker = celery.Worker(
        pool="threads",
        concurrency=runtime.worker.slots,
        queues=list(runtime.worker.queues),
        hostname=runtime.worker.id,
        without_gossip=True,
        without_mingle=True,
        optimization="fair",
        loglevel="WARNING",
        quiet=True,
    )
    try:
        worker.start()
    finally:
        runtime.stop()
    return worker.exitcode or 0
