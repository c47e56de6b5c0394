"""Where a process runs: which processes share its process ids and, with that, its files."""

from __future__ import annotations

import hashlib
import socket
from contextlib import suppress
from pathlib import Path


def place() -> str:
    """Return a short name of this boot and this space of process ids; ids of workers contain it.

    Two containers may share a host name but not process ids; only where the place is equal does a
    process id mean the same process, and a path the same file.
    """
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]
