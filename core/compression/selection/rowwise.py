"""Choosing the smallest entries within each row of a matrix, and laying weights out as rows."""

from __future__ import annotations

import torch
from torch import Tensor

from core.compression.layers import Axes, outputs_back, outputs_first

ENTRIES_AT_ONCE = 1 << 22  # sorting takes several times the memory of what is sorted


def smallest_in_rows(scores: Tensor, counts: Tensor) -> Tensor:
    """Return the mask `(rows, entries)` of the `counts[row]` smallest scores of each row.

    Of equal scores the first are taken.
    """
    mask = torch.empty(scores.shape, dtype=torch.bool, device=scores.device)
    rows = max(1, ENTRIES_AT_ONCE // max(1, scores.shape[1]))
    places = torch.arange(scores.shape[1], device=scores.device).expand(rows, -1)
    for part, wanted, target in zip(
        scores.split(rows), counts.to(scores.device).split(rows), mask.split(rows), strict=True
    ):
        order = part.argsort(dim=1, stable=True)
        target.scatter_(1, order, places[: len(part)] < wanted[:, None])
    return mask


def ranks_in_rows(scores: Tensor) -> Tensor:
    """Return how large each score is among those of its row, `(rows, entries)` float32 above 0, at most 1.

    Where ranks of several rows compete, every row loses about the same share.
    """
    order = scores.argsort(dim=1, stable=True)
    ranks = torch.arange(1, scores.shape[1] + 1, dtype=torch.float32, device=scores.device)
    return torch.empty_like(scores, dtype=torch.float32).scatter_(
        1, order, (ranks / scores.shape[1]).expand_as(scores)
    )


def shared_out(count: int, rows: int) -> Tensor:
    """Return `(rows,)` whole numbers that sum to `count` and differ by one at most."""
    bounds = torch.arange(rows + 1, dtype=torch.int64) * count // max(1, rows)
    return bounds.diff()


def input_rows(weight: Tensor, axes: Axes) -> Tensor:
    """Return the weight as `(output channels, inputs)` with the inputs in the order that multiplication
    hardware sees them: for convolutions kernel position by kernel position, channels innermost.
    """  # noqa: D205
    moved = outputs_first(weight, axes)
    return (moved.movedim(1, -1) if moved.dim() > 2 else moved).flatten(1)


def from_input_rows(rows: Tensor, weight: Tensor, axes: Axes) -> Tensor:
    """Return the inverse of `input_rows`, in the weight's shape."""
    moved = outputs_first(weight, axes)
    if moved.dim() > 2:
        rows = rows.reshape(moved.movedim(1, -1).shape).movedim(-1, 1)
    return outputs_back(rows, weight.shape, axes)
