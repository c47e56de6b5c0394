"""Follows what runs use, from samples every few seconds and from what the kernel counted at their end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import psutil

from core.domain.ids import RunId
from core.domain.queue.usage import GpuSample, RunUsage


@dataclass
class RunMeter:
    """The samples of one run. gpu: the number of the GPU that it computes on, None without one.

    shared: whether another run had the GPU at the same time, so that its energy is not that of one run.
    """

    started_s: float
    gpu: int | None = None
    energy_start_j: float | None = None
    shared: bool = False
    pid: int = 0
    _at_s: float = 0.0
    _busy_s: float = 0.0
    _memory: list[float] = field(default_factory=list)
    _gpu: list[GpuSample] = field(default_factory=list)
    _peak: float | None = None

    def sample(self, now_s: float, gpus: Sequence[GpuSample]) -> None:
        """Look at the run's processes and at its GPU."""
        self._gpu += [one for one in gpus if one.number == self.gpu]
        used = processes_of(self.pid) if self.pid else None
        if used is None:
            return
        busy_s, memory_bytes = used
        since_s = now_s - (self._at_s or self.started_s)
        if since_s > 0 and busy_s >= self._busy_s:
            self._peak = max(self._peak or 0.0, (busy_s - self._busy_s) / since_s)
        self._at_s, self._busy_s = now_s, max(busy_s, self._busy_s)
        self._memory.append(memory_bytes)

    def usage(self, now_s: float, *, energy_j: float | None = None) -> RunUsage:
        """Return what the run has used so far. energy_j: what the board of its GPU counts now."""
        seconds = max(now_s - self.started_s, 1e-9)
        first = self._gpu[0] if self._gpu else None
        watts = [one.power_w for one in self._gpu if one.power_w is not None]
        measured = energy_j is not None and self.energy_start_j is not None and not self.shared
        return RunUsage(
            seconds=seconds,
            processors=self._busy_s / seconds if self._memory else None,
            processors_peak=self._peak,
            memory_mean_bytes=_mean(self._memory),
            memory_peak_bytes=max(self._memory, default=None),
            gpu="" if first is None else f"{first.name} ({first.number})",
            gpu_mean=_mean([one.used for one in self._gpu]),
            gpu_peak=max((one.used for one in self._gpu), default=None),
            gpu_memory_peak_bytes=max((float(one.memory_bytes) for one in self._gpu), default=None),
            power_mean_w=_mean(watts),
            energy_j=energy_j - self.energy_start_j if measured else None,  # type: ignore[operator]
        )

    def ended(
        self, now_s: float, *, cpu_s: float, peak_bytes: int, energy_j: float | None = None
    ) -> RunUsage:
        """Return the same at the end, with what the kernel counted: exact, also for runs of a moment."""
        sampled = self.usage(now_s, energy_j=energy_j)
        peak = max(peak_bytes, sampled.memory_peak_bytes or 0)
        mean = cpu_s / sampled.seconds if cpu_s else sampled.processors
        return replace(
            sampled,
            processors=mean,
            processors_peak=max(sampled.processors_peak or 0, mean or 0) or None,
            memory_peak_bytes=peak or None,
        )


def gpu_of(queue: str, run_id: RunId, numbers: Sequence[int]) -> int | None:
    """Return the GPU that a run of this queue computes on, of those of the worker."""
    if not queue.startswith("gpu") or not numbers:
        return None
    own = re.search(r"\.(\d+)$", queue)
    return int(own[1]) if own else numbers[run_id % len(numbers)]


def processes_of(pid: int) -> tuple[float, int] | None:
    """Return processor seconds and resident bytes of a process and all that it started; None if it ended."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        busy_s, memory = 0.0, 0
        for one in family:
            with one.oneshot():
                times = one.cpu_times()
                busy_s += times.user + times.system
                memory += one.memory_info().rss
    except psutil.Error:
        return None
    return busy_s, memory


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
