"""Which GPUs a process may use, by the numbers that the machine gives them; imports no library."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_DRIVER = Path("/proc/driver/nvidia/gpus")


def visible_gpus(environment: Mapping[str, str], present: int) -> tuple[int, ...]:
    """Return the numbers of the GPUs that CUDA_VISIBLE_DEVICES leaves of those present, in its order.

    As CUDA does, stop at the first that is not there. GPUs named by UUID are numbered from 0 on.
    """
    listed = environment.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        return tuple(range(present))
    names = [name.strip() for name in listed.split(",")]
    if any(name.startswith(("GPU-", "MIG-")) for name in names):
        return tuple(range(min(present, len(names))))
    chosen: list[int] = []
    for name in names:
        if not name.isdigit() or int(name) >= present:
            break
        chosen.append(int(name))
    return tuple(chosen)


def driver_gpus() -> tuple[int, ...]:
    """Return the NVIDIA GPUs that the driver and the environment show to this process."""
    if not Path("/dev/nvidiactl").exists():
        return ()
    return visible_gpus(os.environ, len(list(_DRIVER.glob("*"))))
