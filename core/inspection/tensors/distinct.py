"""How many different values a tensor holds; few of them mean that it can be stored in few bits."""

from __future__ import annotations

import torch
from torch import Tensor

from core.compression.encoding.chunks import chunks

MOST = 4096  # values beyond which the exact number is of no interest


def distinct_values(values: Tensor) -> int:
    """Return the number of different values but NaN, at most `MOST + 1`, which stands for more."""
    flat = values.detach().reshape(-1)
    known = _unique(flat[: 2 * MOST])
    for chunk in chunks(flat[2 * MOST :]):
        if len(known) > MOST:
            break
        known = _extended(known, chunk)
    return min(len(known), MOST + 1)


def _extended(known: Tensor, chunk: Tensor) -> Tensor:
    if not len(known):
        return _unique(chunk)
    place = torch.searchsorted(known, chunk).clamp_(max=len(known) - 1)
    fresh = chunk[known[place] != chunk]
    return _unique(torch.cat([known, fresh])) if len(fresh) else known


def _unique(values: Tensor) -> Tensor:
    found: Tensor = torch.unique(values[~values.isnan()])
    return found
