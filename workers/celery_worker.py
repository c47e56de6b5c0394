"""Runs a Celery worker in this process: one supervising thread per slot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from celery import Celery, signals
from celery.worker import state

from workers.runtime import Runtime
from workers.tasks import register


def run_celery_worker(celery: Celery, runtime: Runtime) -> int:
    """Consume until asked to stop (SIGTERM, Ctrl-C); runs that are going then are given back.

    The upkeep does not wait for the broker: heartbeats and the sweep go on while it is away.
    """
    register(celery, runtime)
    signals.worker_shutting_down.connect(lambda **_: runtime.stopping.set(), weak=False)
    signals.worker_ready.connect(lambda **_: _ready(runtime), weak=False)
    with runtime:
        return 0 if runtime.stopping.is_set() else _consume(celery, runtime)


def _ready(runtime: Runtime) -> None:
    """Announce what is queued; leave at once if the signal to stop came before Celery listened for it."""
    if runtime.stopping.is_set():
        state.should_stop = 0
    else:
        runtime.announce_again()


def _consume(celery: Celery, runtime: Runtime) -> int:
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
    runtime.on_drain = partial(_listen, worker, runtime.worker.queues)
    worker.start()
    return worker.exitcode or 0


def _listen(worker: Any, queues: Sequence[str], draining: bool) -> None:
    """Leave messages to other workers while this one is drained; what is carried out goes on."""
    consumer = worker.consumer
    act = consumer.cancel_task_queue if draining else consumer.add_task_queue
    for queue in queues:
        consumer.call_soon(act, queue)
