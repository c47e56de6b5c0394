"""GPUs as the NVIDIA driver reports them (NVML); none where its Python package is not installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from core.domain.queue.usage import GpuSample


class Gpus:
    """Samples the GPUs of these numbers, as the machine counts them."""

    def __init__(self, numbers: Sequence[int], library: ModuleType | None = None) -> None:
        """library: `pynvml`; None: imported where there is a GPU."""
        self._nvml = library if library is not None else _loaded(numbers)
        self._devices: dict[int, tuple[Any, str]] = {}
        if self._nvml is not None:
            for number in numbers:
                with suppress(self._nvml.NVMLError):
                    handle = self._nvml.nvmlDeviceGetHandleByIndex(number)
                    self._devices[number] = (handle, str(self._nvml.nvmlDeviceGetName(handle)))

    def sample(self) -> tuple[GpuSample, ...]:
        """Return every GPU that answers."""
        found = (self._sampled(number, handle, name) for number, (handle, name) in self._devices.items())
        return tuple(one for one in found if one is not None)

    def energy_j(self, number: int) -> float | None:
        """Return what the board used since its driver was loaded; None where it does not count."""
        nvml, known = self._nvml, self._devices.get(number)
        if nvml is None or known is None:
            return None
        millijoules = self._asked(lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(known[0]))
        return None if millijoules is None else millijoules / 1000

    def _sampled(self, number: int, handle: Any, name: str) -> GpuSample | None:
        nvml = self._nvml
        if nvml is None:
            return None
        memory = self._asked(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        used = self._asked(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        if memory is None or used is None:
            return None
        milliwatts = self._asked(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        power_w = None if milliwatts is None else milliwatts / 1000
        return GpuSample(number, name, used / 100, int(memory.used), int(memory.total), power_w)

    def _asked(self, question: Callable[[], Any]) -> Any:
        """Return the answer; None where this GPU or its driver has none."""
        try:
            return question()
        except getattr(self._nvml, "NVMLError", ()):
            return None


def _loaded(numbers: Sequence[int]) -> ModuleType | None:
    if not numbers:
        return None
    try:
        library = importlib.import_module("pynvml")
    except ModuleNotFoundError:
        return None
    try:
        library.nvmlInit()
    except library.NVMLError:
        return None
    return library
