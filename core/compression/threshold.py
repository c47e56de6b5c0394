"""Which of many weights are the smallest, exactly and in linear time, without joining or sorting them.

For positive floats the order of their bit patterns is the order of their values. One pass counts the
upper bits; only the few weights that share the upper bits of the threshold are looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

LOWER_BITS = 16
CHUNK = 1 << 20  # weights handled at once: bounds the extra memory


def smallest(scores: Sequence[Tensor], count: int) -> list[Tensor]:
    """Return boolean masks, in the scores' shapes, of the `count` smallest of all scores together.

    Scores are not negative and not NaN; they are compared as float32. Equal scores are taken in
    order of appearance, so that exactly `count` are chosen.
    """
    total = sum(score.numel() for score in scores)
    if count <= 0:
        return [torch.zeros_like(score, dtype=torch.bool) for score in scores]
    if count >= total:
        return [torch.ones_like(score, dtype=torch.bool) for score in scores]
    prefix, below = _prefix(scores, count)
    pattern, ties = _pattern(scores, prefix, count - below)
    masks = []
    for score in scores:
        mask, ties = _mask(score, pattern, ties)
        masks.append(mask)
    return masks


def _prefix(scores: Sequence[Tensor], count: int) -> tuple[int, int]:
    """Return the upper bits of the threshold and how many scores lie below all that share them."""
    histogram = torch.zeros(1 << (31 - LOWER_BITS), dtype=torch.int64)
    for patterns in _patterns(scores):
        histogram += torch.bincount(patterns >> LOWER_BITS, minlength=len(histogram)).cpu()
    cumulated = histogram.cumsum(0)
    prefix = int(torch.searchsorted(cumulated, count))
    return prefix, int(cumulated[prefix] - histogram[prefix])


def _pattern(scores: Sequence[Tensor], prefix: int, rank: int) -> tuple[int, int]:
    """Return the bit pattern of the threshold and how many scores equal to it are to be taken.

    rank: position (from 1) of the threshold among the scores with these upper bits.
    """
    histogram = torch.zeros(1 << LOWER_BITS, dtype=torch.int64)
    for patterns in _patterns(scores):
        candidates = patterns[(patterns >> LOWER_BITS) == prefix] & ((1 << LOWER_BITS) - 1)
        histogram += torch.bincount(candidates, minlength=len(histogram)).cpu()
    cumulated = histogram.cumsum(0)
    lower = int(torch.searchsorted(cumulated, rank))
    return (prefix << LOWER_BITS) | lower, rank - int(cumulated[lower] - histogram[lower])


def _mask(score: Tensor, pattern: int, ties: int) -> tuple[Tensor, int]:
    """Return the mask of one tensor and how many ties are left for the next."""
    mask = torch.empty(score.numel(), dtype=torch.bool, device=score.device)
    start = 0
    for patterns in _patterns([score]):
        part = patterns < pattern
        if ties:
            equal = (patterns == pattern).nonzero().flatten()[:ties]
            part[equal] = True
            ties -= len(equal)
        mask[start : start + len(part)] = part
        start += len(part)
    return mask.view(score.shape), ties


def _patterns(scores: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the bit patterns of the scores as int32, chunk by chunk."""
    for score in scores:
        for chunk in score.detach().reshape(-1).split(CHUNK):
            yield chunk.float().abs().view(torch.int32)
