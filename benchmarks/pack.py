"""Packing and unpacking of n-bit codes: megabytes of unpacked codes per processor second, on one core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from core.compression.encoding.packing import pack, unpack

COUNT = 1 << 26
RUNS = 3


def packing_speed() -> Mapping[str, Any]:
    """Return the speed of the slowest width and direction, over the bytes of unpacked codes."""
    generator = np.random.default_rng(0)
    slowest = float("inf")
    for bits in range(1, 9):
        codes = generator.integers(0, 2**bits, COUNT, dtype=np.uint8)
        packed = pack(codes, bits)
        packing = median(_seconds(lambda: pack(codes, bits)) for _ in range(RUNS))  # noqa: B023
        unpacking = median(_seconds(lambda: unpack(packed, bits, COUNT)) for _ in range(RUNS))  # noqa: B023
        slowest = min(slowest, COUNT / 1e6 / max(packing, unpacking))
    return {"value": slowest, "unit": "MB/s", "baseline": None, "ratio": None, "runs": RUNS}


def _seconds(work: Callable[[], object]) -> float:
    """Return processor seconds; both directions are numpy on one thread."""
    start = process_time()
    work()
    return process_time() - start


FIGURES = {"pack.nbit_mb_per_s": packing_speed}
