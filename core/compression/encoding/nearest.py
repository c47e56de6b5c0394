"""Which of a few ascending values is nearest, exactly, for millions of weights.

A binary search branches unpredictably for every weight. Here a table over equal cells of the range
gives the first candidate, and a comparison per boundary within the cell corrects it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.compression.encoding.chunks import chunks

CELLS = 1 << 12
MOST_CORRECTIONS = 4  # beyond, a binary search is cheaper


def nearest(values: Tensor, codebook: Tensor) -> Tensor:
    """Return the index into the codebook of each value's nearest entry, uint8, in the values' shape.

    codebook: ascending, at most 256 entries. Halfway between two entries the lower one is taken.
    """
    codebook = codebook.to(values.device).float()
    boundaries = (codebook[1:] + codebook[:-1]) / 2
    if not len(boundaries):
        return torch.zeros(values.shape, dtype=torch.uint8, device=values.device)
    low, high = float(boundaries[0]), float(boundaries[-1])
    scale = (CELLS - 2) / (high - low) if high > low else 1.0
    if not math.isfinite(scale):
        return torch.bucketize(values.float(), boundaries, out_int32=True).to(torch.uint8)
    occupied = _cells(boundaries, low, scale)
    corrections = int(torch.bincount(occupied).max())
    if corrections > MOST_CORRECTIONS:
        return torch.bucketize(values.float(), boundaries, out_int32=True).to(torch.uint8)
    first = torch.searchsorted(occupied, torch.arange(CELLS, device=values.device, dtype=occupied.dtype))
    table = first.int()
    limits = torch.cat([boundaries, boundaries.new_full((corrections,), torch.inf)])
    codes = torch.empty(values.numel(), dtype=torch.uint8, device=values.device)
    for chunk, target in zip(chunks(values), chunks(codes), strict=True):
        exact = chunk.float()
        code = table.index_select(0, _cells(exact, low, scale))
        for _ in range(corrections):
            code += exact > limits.index_select(0, code)
        target.copy_(code)
    return codes.view(values.shape)


def _cells(values: Tensor, low: float, scale: float) -> Tensor:
    """Return the cell of each value; never descending in the value, which is all that matters."""
    return ((values - low) * scale).clamp_(-1, CELLS - 2).add_(1).int()
