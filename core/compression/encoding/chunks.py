"""Cutting large tensors into pieces that stay in the cache and need no extra memory to speak of."""

from __future__ import annotations

import torch
from torch import Tensor

# Larger pieces would be spread over threads, and waiting for the slowest of them at every operation
# costs more than it gains as soon as other work runs on the machine.
CPU_CHUNK = 1 << 15
CPU_CHUNK_OF_ONE_THREAD = 1 << 16
GPU_CHUNK = 1 << 24
MOST_COUNTED = 1 << 24  # float32, in which PyTorch counts, knows the next whole number no more


def chunks(values: Tensor) -> tuple[Tensor, ...]:
    """Return consecutive flat pieces of a tensor, views where it is contiguous."""
    size = GPU_CHUNK
    if values.device.type == "cpu":
        size = CPU_CHUNK if torch.get_num_threads() > 1 else CPU_CHUNK_OF_ONE_THREAD
    pieces: tuple[Tensor, ...] = values.detach().reshape(-1).split(size)
    return pieces


def histogram(values: Tensor, bins: int, low: float, high: float) -> Tensor:
    """Return how many values lie in each of equal bins from `low` to `high`, `(bins,)` float64 on the CPU."""
    counts = torch.zeros(bins, dtype=torch.float64)
    for piece in values.detach().reshape(-1).split(MOST_COUNTED):
        counts += torch.histc(piece.float(), bins, low, high).double().cpu()
    return counts
