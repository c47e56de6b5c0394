"""What machines and runs use of processors, memory and GPUs, as workers sample it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT = 60
"""Samples of a machine that are kept, the latest last."""


@dataclass(frozen=True)
class GpuSample:
    """One GPU at one moment, as its driver reports it; `used` is the fraction of time that it computed.

    power_w: of the whole board; None where the driver does not measure it.
    """

    number: int
    name: str
    used: float
    memory_bytes: int
    memory_total_bytes: int
    power_w: float | None = None


@dataclass(frozen=True)
class RunUsage:
    """What a run used; None where it was not measured.

    processors: mean number of processors kept busy; processors_peak: the most between two samples.
    memory_mean_bytes, memory_peak_bytes: resident memory of its processes, shared libraries included.
    gpu: the GPU that it computed on. The figures of the GPU are those of the whole device while the run went
    on: gpu_mean, gpu_peak: fractions of time; energy_j: of the board, only while no other run had the GPU.
    """

    seconds: float = 0.0
    processors: float | None = None
    processors_peak: float | None = None
    memory_mean_bytes: float | None = None
    memory_peak_bytes: float | None = None
    gpu: str = ""
    gpu_mean: float | None = None
    gpu_peak: float | None = None
    gpu_memory_peak_bytes: float | None = None
    power_mean_w: float | None = None
    energy_j: float | None = None


@dataclass(frozen=True)
class MachineLoad:
    """What the machine of a worker does at present, and what it did shortly before.

    processors, memory, gpus_used: fractions 0..1, one per sample, `every_s` apart, the latest last.
    runs: what the runs that go on have used so far, by id.
    problem: why the worker takes no runs; empty if it does.
    """

    every_s: float = 5.0
    processor_count: int = 0
    processors: tuple[float, ...] = ()
    memory: tuple[float, ...] = ()
    memory_bytes: int = 0
    memory_total_bytes: int = 0
    gpus_used: tuple[float, ...] = ()
    gpus: tuple[GpuSample, ...] = ()
    runs: Mapping[int, RunUsage] = field(default_factory=dict)
    problem: str = ""
