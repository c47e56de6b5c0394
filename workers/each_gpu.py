"""One worker process per GPU, so that each run has a GPU to itself and a crash takes one GPU's runs along."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence

from core.cli.children import Child, Children
from core.errors import Misconfigured

_TICK_S = 0.2
_GRACE_S = 15.0


def work_on_each_gpu(
    numbers: Sequence[int], command: Sequence[str] = (sys.executable, "-m", "workers")
) -> int:
    """Keep a worker per GPU alive until SIGINT or SIGTERM; return the exit code.

    Raises:
        Misconfigured: there is no GPU.
        Unavailable: a worker keeps dying.
    """
    if not numbers:
        raise Misconfigured(
            "This machine shows no NVIDIA GPU to this process.",
            "Start the container with GPUs, or start a worker without --each-gpu.",
        )
    stopping = threading.Event()
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, lambda *_: stopping.set())
    workers = [
        Child(f"worker of GPU {number}", ["env", f"CUDA_VISIBLE_DEVICES={number}", *command])
        for number in numbers
    ]
    children = Children(workers, stopping)
    try:
        children.start()
        while not stopping.wait(_TICK_S):
            children.look()
    finally:
        children.stop(grace_s=_GRACE_S)
    return 0
