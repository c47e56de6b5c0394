"""What stands in for the driver: memory that ends, clocks that go with the work, and random numbers."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

NAME = "Pretend GPU"
OPERATION_MS = 0.25
"""What every operation takes on the clock of the device that it runs on."""


@dataclass
class PretendDriver:
    """The state of some GPUs that do not exist.

    memory_bytes: of each GPU; more raises `torch.OutOfMemoryError`.
    """

    memory_bytes: int
    devices: int
    used_bytes: list[int] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    clocks_ms: list[float] = field(default_factory=list)
    finished_ms: list[float] = field(default_factory=list)
    generators: list[torch.Generator] = field(default_factory=list)
    refusals: int = 0

    def __post_init__(self) -> None:
        zeros = [0] * self.devices
        self.used_bytes, self.peak_bytes = [*zeros], [*zeros]
        self.clocks_ms, self.finished_ms = [0.0] * self.devices, [0.0] * self.devices
        self.generators = [torch.Generator().manual_seed(0) for _ in zeros]
        self._known: dict[int, weakref.ref[Any]] = {}
        self._present = threading.local()

    @property
    def current(self) -> int:
        """The current device of this thread."""
        return getattr(self._present, "device", 0)

    def index(self, device: Any = None) -> int:
        """Return the number of a device given in any of the ways that torch takes."""
        if isinstance(device, int):
            return device if device >= 0 else self.current
        chosen = torch.device("cuda" if device is None else device)
        return self.current if chosen.index is None or chosen.index < 0 else chosen.index

    def hold(self, tensor: Tensor, index: int) -> None:
        """Count a tensor's storage, once and until it is freed.

        Raises:
            torch.OutOfMemoryError: it does not fit.
        """
        storage = tensor.untyped_storage()
        key, size = id(storage), storage.nbytes()
        if key in self._known:
            return
        if self.used_bytes[index] + size > self.memory_bytes:
            self.refusals += 1
            raise torch.OutOfMemoryError(
                f"CUDA out of memory. Tried to allocate {size} bytes on GPU {index}."
            )
        self._known[key] = weakref.ref(storage, self._freed(key, size, index))
        self.used_bytes[index] += size
        self.peak_bytes[index] = max(self.peak_bytes[index], self.used_bytes[index])

    def _freed(self, key: int, size: int, index: int) -> Callable[[Any], None]:
        def forget(_: Any) -> None:
            self._known.pop(key, None)
            self.used_bytes[index] -= size

        return forget

    def work(self, index: int) -> None:
        """Let the time of one operation pass."""
        self.clocks_ms[index] += OPERATION_MS

    def synchronize(self, device: Any = None) -> None:
        """Wait until all work of a device is done."""
        index = self.index(device)
        self.finished_ms[index] = self.clocks_ms[index]

    def set_device(self, device: Any) -> None:
        """Make a device the current one, as `torch.cuda.set_device`."""
        self.exchange_device(self.index(device))

    def exchange_device(self, index: int) -> int:
        """Make a device the current one unless negative, and return which one was."""
        before = self.current
        self._present.device = index if index >= 0 else before
        return before

    def reset_peak(self, device: Any = None) -> None:
        """Forget what was held once, as `torch.cuda.reset_peak_memory_stats`."""
        index = self.index(device)
        self.peak_bytes[index] = self.used_bytes[index]

    def seed(self, seed: int) -> None:
        """Seed the random numbers of the current device."""
        self.generators[self.current].manual_seed(seed)

    def seed_all(self, seed: int) -> None:
        """Seed the random numbers of all devices."""
        for generator in self.generators:
            generator.manual_seed(seed)

    def properties(self, device: Any = None) -> SimpleNamespace:
        """Return what `torch.cuda.get_device_properties` does."""
        self.index(device)
        return SimpleNamespace(
            name=NAME, total_memory=self.memory_bytes, major=9, minor=0, multi_processor_count=1
        )


class PretendEvent:
    """Reads the clock of the current device, as `torch.cuda.Event` does; refuses to be read too early."""

    driver: PretendDriver

    def __init__(self, enable_timing: bool = False, **_: Any) -> None:
        self._timing, self._device, self._stamp = enable_timing, -1, -1.0

    def record(self, stream: Any = None) -> None:
        """Take the time at which the work given out so far will be done."""
        if stream is not None:
            raise NotImplementedError("The pretend GPU has no streams but the default one.")
        self._device = self.driver.current
        self._stamp = self.driver.clocks_ms[self._device]

    def synchronize(self) -> None:
        """Wait until that time."""
        if self._device >= 0:
            self.driver.finished_ms[self._device] = max(self.driver.finished_ms[self._device], self._stamp)

    def query(self) -> bool:
        """Return whether that time has come."""
        return self._device < 0 or self.driver.finished_ms[self._device] >= self._stamp

    def elapsed_time(self, end: PretendEvent) -> float:
        """Return milliseconds between two events.

        Raises:
            ValueError: one has no timing or was not recorded, or they belong to different devices.
            RuntimeError: the work is not known to be done, because nobody waited for it.
        """
        if not (self._timing and end._timing):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        if self._device < 0 or self._device != end._device:
            raise ValueError("Both events must be recorded, on one device, before calculating elapsed time.")
        if not (self.query() and end.query()):
            raise RuntimeError("CUDA error: device not ready")
        return end._stamp - self._stamp
