"""What runs use is measured on real processes; GPUs are played as the driver answered on one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace

import pytest

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.queue.run import Run, RunKind, RunStatus
from workers.machine.meters import RunMeter, gpu_of
from workers.machine.nvml import Gpus
from workers.machine.sampler import Sampler


class Clock:
    """Advances when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def run(number: int, queue: str = "cpu") -> Run:
    now = datetime.now(UTC)
    return Run(
        RunId(number),
        ProjectId(1),
        ModelId(1),
        RunKind.COMPRESS,
        RunStatus.RUNNING,
        now,
        queue=queue,
        attempt=1,
    )


def driver(*, power_w: float | None = 310.0) -> ModuleType:
    """Return the part of pynvml that is used, answering for one board that has used 5 kJ more each time."""
    nvml = ModuleType("pynvml")
    counted = iter(range(1_000_000, 100_000_000, 5_000_000))

    class NVMLError(Exception):
        """Not supported by this board."""

    def power(_handle: object) -> float:
        if power_w is None:
            raise NVMLError
        return power_w * 1000

    answers = {
        "NVMLError": NVMLError,
        "nvmlDeviceGetHandleByIndex": lambda number: number,
        "nvmlDeviceGetName": lambda _handle: "NVIDIA H200",
        "nvmlDeviceGetMemoryInfo": lambda _handle: SimpleNamespace(
            used=12_000_000_000, total=150_000_000_000
        ),
        "nvmlDeviceGetUtilizationRates": lambda _handle: SimpleNamespace(gpu=40),
        "nvmlDeviceGetPowerUsage": power,
        "nvmlDeviceGetTotalEnergyConsumption": lambda _handle: next(counted),
    }
    for name, answer in answers.items():
        setattr(nvml, name, answer)
    return nvml


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    code = "held = bytearray(50_000_000)\nprint(flush=True)\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_run_is_measured_while_it_goes_on_and_at_its_end(busy: subprocess.Popen[bytes]) -> None:
    clock = Clock()
    sampler = Sampler((), every_s=5.0, clock=clock)
    sampler.begin(run(7))
    sampler.started(run(7), busy.pid)
    clock.now += 5
    load = sampler.sample()
    assert 5e7 < (load.runs[7].memory_peak_bytes or 0) < 5e8
    assert len(load.processors) == len(load.memory) == 1
    assert load.gpus == ()
    clock.now += 5
    sampler.end(run(7), cpu_s=8.0, peak_bytes=900_000_000)
    (ended,) = sampler.ended()
    assert (ended.usage.seconds, ended.usage.processors) == (10.0, 0.8)
    assert ended.usage.memory_peak_bytes == 900_000_000
    assert ended.usage.energy_j is None
    sampler.told([ended])
    assert sampler.ended() == []
    assert sampler.sample().runs == {}


def test_a_gpu_is_sampled_as_its_driver_reports_it() -> None:
    (found,) = Gpus((0,), driver()).sample()
    assert (found.name, found.used, found.memory_bytes, found.power_w) == (
        "NVIDIA H200",
        0.4,
        12_000_000_000,
        310,
    )
    (silent,) = Gpus((0,), driver(power_w=None)).sample()
    assert silent.power_w is None, "what a board does not measure is left out"
    assert Gpus((0,), driver()).energy_j(1) is None
    assert Gpus(()).sample() == ()


@pytest.mark.parametrize(("shared", "energy_j"), [(False, 5000.0), (True, None)])
def test_energy_is_that_of_a_run_only_while_it_has_the_board_alone(
    shared: bool, energy_j: float | None
) -> None:
    gpus = Gpus((0,), driver())
    meter = RunMeter(0.0, 0, gpus.energy_j(0), shared=shared)
    meter.sample(1.0, gpus.sample())
    used = meter.usage(2.0, energy_j=gpus.energy_j(0))
    assert used.energy_j == energy_j
    assert (used.gpu, used.gpu_mean, used.power_mean_w) == ("NVIDIA H200 (0)", 0.4, 310.0)


def test_runs_are_measured_on_the_gpu_they_compute_on() -> None:
    assert gpu_of("cpu", RunId(3), (4, 5)) is None
    assert [gpu_of("gpu", RunId(number), (4, 5)) for number in (2, 3)] == [4, 5]
    assert gpu_of("gpu.node.5", RunId(2), (4, 5)) == 5
