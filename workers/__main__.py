"""`python -m workers`: a Celery worker where a broker is set, else the embedded local loop.

`--healthy` starts nothing; it exits with 0 if a worker of this machine is alive, else with 1.
`--each-gpu` starts a worker for each GPU, which sees no other, and keeps them alive.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys

from core.errors import CompressCompareError
from core.execution.device.gpus import driver_gpus
from core.persistence.schema import require_current
from core.services.workers.workers import list_workers
from workers.celery_worker import run_celery_worker
from workers.composition import build, read_only
from workers.each_gpu import work_on_each_gpu
from workers.health import healthy
from workers.local_loop import LocalLoop


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code; expected errors go to standard error in words."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("--healthy", action="store_true", help="only tell whether a worker is alive here")
    parser.add_argument("--each-gpu", action="store_true", help="start a worker for each GPU of this machine")
    parser.add_argument(
        "--calm", action="store_true", help="print only what is wrong, log the rest to a file"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.each_gpu:
            return work_on_each_gpu(driver_gpus())
        return _look() if chosen.healthy else _work(calm=chosen.calm)
    except CompressCompareError as error:
        sys.stderr.write(_in_words(error))
        return 2


def _in_words(error: CompressCompareError) -> str:
    return f"{error.message}\n{error.hint}".strip() + "\n"


def _look() -> int:
    app = read_only()
    return 0 if healthy(list_workers(app), host=socket.gethostname(), now=app.clock.now()) else 1


def _work(*, calm: bool) -> int:
    runtime, celery = build(calm=calm)
    require_current(runtime.app.unit_of_work.engine)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: runtime.ask_to_stop())
    if celery is not None:
        code = run_celery_worker(celery, runtime)
    else:
        LocalLoop(runtime).run()
        code = 0
    if runtime.failure is not None:
        sys.stderr.write(
            f"This worker stops, and its runs are back in the queue. {_in_words(runtime.failure)}"
        )
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
