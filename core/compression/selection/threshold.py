"""Which of many weights are the smallest, exactly and in linear time, without joining or sorting them.

For positive floats the order of their bit patterns is the order of their values. One pass counts the
upper bits; only the few weights that share the upper bits of the threshold are compared in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from core.compression.encoding.chunks import chunks

LOWER_BITS = 18  # leaves 13 upper bits: the exponent and 5 bits of the mantissa


def smallest(scores: Sequence[Tensor], count: int) -> list[Tensor]:
    """Return boolean masks, in the scores' shapes, of the `count` smallest of all scores together.

    Scores are compared by absolute value as float32 and hold no NaN. Equal scores are taken in order
    of appearance, so that exactly `count` are chosen.
    """
    total = sum(score.numel() for score in scores)
    if count <= 0:
        return [torch.zeros_like(score, dtype=torch.bool) for score in scores]
    if count >= total:
        return [torch.ones_like(score, dtype=torch.bool) for score in scores]
    pattern, ties = _threshold(scores, count)
    masks = []
    for score in scores:
        mask, ties = _mask(score, pattern, ties)
        masks.append(mask)
    return masks


def _threshold(scores: Sequence[Tensor], count: int) -> tuple[int, int]:
    """Return the bit pattern of the largest chosen score, and how many equal to it are chosen."""
    histogram = torch.zeros(1 << (31 - LOWER_BITS), dtype=torch.int64, device=scores[0].device)
    for patterns in _patterns(scores):
        histogram += torch.bincount(patterns >> LOWER_BITS, minlength=len(histogram))
    cumulated = histogram.cumsum(0)
    upper = int(torch.searchsorted(cumulated, count))
    rank = count - int(cumulated[upper] - histogram[upper])
    candidates = torch.cat([_sharing(patterns, upper) for patterns in _patterns(scores)])
    pattern = int(candidates.kthvalue(rank).values)
    return pattern, rank - int((candidates < pattern).count_nonzero())


def _sharing(patterns: Tensor, upper: int) -> Tensor:
    """Return the patterns with the given upper bits; few of many, which numpy picks out in half the time."""
    if patterns.device.type != "cpu":
        return patterns[(patterns >> LOWER_BITS) == upper]
    array = patterns.numpy()
    return torch.from_numpy(array[(array >> LOWER_BITS) == upper])


def _mask(score: Tensor, pattern: int, ties: int) -> tuple[Tensor, int]:
    """Return the mask of one tensor and how many ties are left for the next."""
    mask = torch.empty(score.shape, dtype=torch.bool, device=score.device)
    for patterns, part in zip(_patterns([score]), chunks(mask), strict=True):
        torch.lt(patterns, pattern, out=part)
        if ties:
            equal = (patterns == pattern).nonzero().flatten()[:ties]
            part[equal] = True
            ties -= len(equal)
    return mask, ties


def _patterns(scores: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the bit patterns of the scores as int32, chunk by chunk."""
    for score in scores:
        for chunk in chunks(score):
            yield chunk.float().abs().view(torch.int32)
