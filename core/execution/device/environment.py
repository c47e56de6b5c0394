"""What a result depends on besides its inputs: versions, device, threads, seed."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from core.domain.catalogue import Device
from core.evaluation.profiling.device import device_name

_PACKAGES = ("torch", "torchvision", "transformers", "numpy", "safetensors")


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # transformers may be left out
            continue
    return found


def devices() -> tuple[Device, ...]:
    """Return the processors of this machine, the main one first."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = [Device("cpu", device_name(torch.device("cpu")), memory)]
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            found.append(Device("cuda", properties.name, properties.total_memory))
    return tuple(found)


def captured(device: torch.device, *, seed: int) -> dict[str, Any]:
    """Return the environment of a run as JSON values."""
    return {
        "versions": dict(versions()),
        "device": device_name(device),
        "device_kind": device.type,
        "threads": torch.get_num_threads(),
        "seed": seed,
        "host": platform.node(),
    }
