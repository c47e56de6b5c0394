"""Samples the machine and the runs of a worker; what runs used is handed out once they have ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from core.domain.queue.run import Run
from core.domain.queue.usage import KEPT, MachineLoad, RunUsage
from workers.machine.meters import RunMeter, gpu_of
from workers.machine.nvml import Gpus


@dataclass(frozen=True)
class EndedUsage:
    """What an attempt of a run used."""

    run: Run
    usage: RunUsage


class Sampler:
    """One per worker; runs begin and end in many threads, samples are taken in one."""

    def __init__(
        self, numbers: Sequence[int], *, every_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """numbers: the GPUs of this worker."""
        self._numbers, self._clock = tuple(numbers), clock
        self._gpus = Gpus(numbers)
        self._lock = threading.Lock()
        self._meters: dict[int, RunMeter] = {}
        self._ended: list[EndedUsage] = []
        self._load = MachineLoad(every_s=every_s, processor_count=psutil.cpu_count() or 1)
        psutil.cpu_percent(None)  # counts from here on

    def begin(self, run: Run) -> None:
        """Note that a run starts."""
        gpu = gpu_of(run.queue, run.id, self._numbers)
        meter = RunMeter(self._clock(), gpu)
        if gpu is not None:
            meter.energy_start_j = self._gpus.energy_j(gpu)
        with self._lock:
            for other in self._meters.values():
                if gpu is not None and other.gpu == gpu:
                    meter.shared = other.shared = True
            self._meters[run.id] = meter

    def started(self, run: Run, pid: int) -> None:
        """Note the process of a run."""
        with self._lock:
            if run.id in self._meters:
                self._meters[run.id].pid = pid

    def end(self, run: Run, *, cpu_s: float = 0.0, peak_bytes: int = 0) -> None:
        """Note that a run's process ended, with what the kernel counted."""
        with self._lock:
            meter = self._meters.pop(run.id, None)
        if meter is None or not meter.pid:
            return
        energy_j = None if meter.gpu is None else self._gpus.energy_j(meter.gpu)
        used = meter.ended(self._clock(), cpu_s=cpu_s, peak_bytes=peak_bytes, energy_j=energy_j)
        with self._lock:
            self._ended.append(EndedUsage(run, used))

    def sample(self) -> MachineLoad:
        """Look at the machine and at every run now."""
        gpus, memory, now = self._gpus.sample(), psutil.virtual_memory(), self._clock()
        with self._lock:
            for meter in self._meters.values():
                meter.sample(now, gpus)
            runs = {run_id: meter.usage(now) for run_id, meter in self._meters.items() if meter.pid}
            before = self._load
            used = [sum(one.used for one in gpus) / len(gpus)] if gpus else []
            self._load = MachineLoad(
                every_s=before.every_s,
                processor_count=before.processor_count,
                processors=_kept(before.processors, [psutil.cpu_percent(None) / 100]),
                memory=_kept(before.memory, [memory.percent / 100]),
                memory_bytes=memory.total - memory.available,
                memory_total_bytes=memory.total,
                gpus_used=_kept(before.gpus_used, used),
                gpus=gpus,
                runs=runs,
            )
            return self._load

    def ended(self) -> list[EndedUsage]:
        """Return what ended runs used; each is returned until it is `told`."""
        with self._lock:
            return list(self._ended)

    def told(self, those: Sequence[EndedUsage]) -> None:
        """Note that these are in the database."""
        with self._lock:
            self._ended = [one for one in self._ended if one not in those]


def _kept(before: Sequence[float], new: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(one, 3) for one in (*before, *new)[-KEPT:])
