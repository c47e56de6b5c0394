"""Packing and unpacking of n-bit codes, in megabytes of packed and unpacked bytes per second on one core."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np

from core.compression.packing import pack, unpack

COUNT = 1 << 26
RUNS = 3


def packing_speed() -> Mapping[str, Any]:
    """Return the speed of the slowest width and direction, over the bytes of unpacked codes."""
    generator = np.random.default_rng(0)
    slowest = float("inf")
    for bits in range(2, 8):
        codes = generator.integers(0, 2**bits, COUNT, dtype=np.uint8)
        packed = pack(codes, bits)
        for _ in range(RUNS):
            start = perf_counter()
            pack(codes, bits)
            middle = perf_counter()
            unpack(packed, bits, COUNT)
            seconds = max(middle - start, perf_counter() - middle)
            slowest = min(slowest, COUNT / 1e6 / seconds)
    return {"value": slowest, "unit": "MB/s", "baseline": None, "ratio": None, "runs": RUNS}


FIGURES = {"pack.nbit_mb_per_s": packing_speed}
