"""What a measurement was made on; figures of different devices must not be compared unawares."""

from __future__ import annotations

import os
import platform
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path

import torch


def environment(device: torch.device) -> dict[str, str | int | float]:
    """Return device name, threads, load and versions, as stored with a profile.

    load_average: processes waiting for a CPU during the last minute; high values make timings doubtful.
    """
    return {
        "device": device_name(device),
        "device_type": device.type,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count() or 1,
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }


def current(device: torch.device) -> AbstractContextManager[object]:
    """Make a GPU the one whose clock events read until the context ends; nothing changes on a CPU."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def device_name(device: torch.device) -> str:
    """Return the model name of a GPU or of the CPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _cpu_name()


@lru_cache(maxsize=1)
def _cpu_name() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
