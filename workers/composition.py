"""Where a worker process is put together: the only place of this package that reads settings."""

from __future__ import annotations

import platform
import socket

from celery import Celery

from core import logs, settings
from core.execution.device.gpus import driver_gpus
from core.execution.process_setup import ProcessSetup
from core.services.application import Application, Connection, Limits, open_application
from workers.celery_app import create_celery
from workers.dispatcher import CeleryDispatcher
from workers.identity import served_queues, this_worker
from workers.processes.children import ChildStarter, ForkServer
from workers.processes.spawned import SpawnStarter
from workers.processes.timers import Pace
from workers.processes.wire import Call
from workers.runtime import Runtime

WORKER_LOG = "worker.log"
_PRELOAD = "core.execution.process:preload"


def build(*, calm: bool = False) -> tuple[Runtime, Celery | None]:
    """Return the worker that the settings ask for, and Celery if they name a broker; nothing is started.

    calm: print only what is wrong; the rest is logged to a file.
    """
    chosen = settings.load()
    file = chosen.data_dir / "logs" / WORKER_LOG if calm else None
    logs.configure(chosen.log_level, file=file, form=chosen.log_format)
    chosen.prepare_data_dir()
    place = ProcessSetup(connection(chosen), chosen.plugins_dir)
    celery = create_celery(chosen.broker_url) if chosen.broker_url else None
    app = open_application(place.connection, dispatcher=CeleryDispatcher(celery) if celery else None)
    worker = this_worker(queues=served_queues(socket.gethostname(), driver_gpus()), slots=chosen.slots)
    logs.bind(worker=worker.id)
    pace = Pace(renew_s=chosen.renew_s, grace_s=chosen.grace_s)
    return Runtime(app, worker, starter(place, chosen.threads), place=place, pace=pace), celery


def connection(chosen: settings.Settings) -> Connection:
    """Return where everything is kept."""
    return Connection(
        database_url=chosen.database_url,
        artifacts_url=chosen.artifacts_url,
        logs_dir=chosen.data_dir / "logs",
        cache_dir=chosen.data_dir / "cache",
        limits=Limits(
            lease_s=chosen.lease_s,
            max_attempts=chosen.max_attempts,
            instance_bytes=chosen.instance_bytes,
            public_url=chosen.public_url,
        ),
    )


def read_only() -> Application:
    """Return an application for looking only, e.g. for the health check."""
    return open_application(connection(settings.load()))


def starter(place: ProcessSetup, threads: int) -> ChildStarter:
    """Return what starts run processes: forks on Linux, fresh processes elsewhere."""
    preload = Call(_PRELOAD, [place.to_json()["plugins_dir"]])
    environment = run_environment(threads)
    if platform.system() == "Linux":
        return ForkServer(preload, environment, log=place.connection.logs_dir / WORKER_LOG)
    return SpawnStarter(preload, environment)


def run_environment(threads: int) -> dict[str, str]:
    """Return the variables under which run processes start.

    They use this many threads however many runs go at once, because the number decides the order of sums,
    and so the last bits of trained weights. They use two memory arenas at most: the C library would
    otherwise keep what each thread has freed for that thread, hundreds of megabytes while activations are
    compared.
    """
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {name: str(threads) for name in limits} | {"MALLOC_ARENA_MAX": "2"}
