"""How far two tensors are apart, from sums over chunks in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.compression.encoding.chunks import chunks
from core.inspection.tensors.moments import inner_product


@dataclass(frozen=True)
class Distance:
    """Sums over the values of a tensor and of another, the reference.

    difference, own, reference: of squares. product: of one times the other.
    """

    difference: float = 0.0
    own: float = 0.0
    reference: float = 0.0
    product: float = 0.0

    def __add__(self, other: Distance) -> Distance:
        return Distance(
            self.difference + other.difference,
            self.own + other.own,
            self.reference + other.reference,
            self.product + other.product,
        )

    @property
    def relative_l2(self) -> float:
        """The norm of the difference over the reference's; NaN if only the latter is 0, or for odd values."""
        if not (math.isfinite(self.difference) and math.isfinite(self.reference)):
            return math.nan
        if self.reference:
            return math.sqrt(self.difference / self.reference)
        return math.nan if self.difference else 0.0

    @property
    def cosine(self) -> float:
        """Of the angle between both; NaN where a norm is 0 or not finite."""
        if not (self.own and self.reference and math.isfinite(self.own) and math.isfinite(self.reference)):
            return math.nan
        return self.product / math.sqrt(self.own * self.reference)


UNKNOWN = Distance(math.nan, math.nan, math.nan, math.nan)


def distance(values: Tensor, before: Tensor) -> Distance:
    """Return how far a tensor is from another of its shape, on any device."""
    found = Distance()
    for chunk, old in zip(chunks(values), chunks(before.to(values.device)), strict=True):
        exact = chunk.to(torch.float64, copy=True)
        found += chunk_distance(exact, old.double(), own=inner_product(exact, exact))
    return found


def chunk_distance(exact: Tensor, before: Tensor, own: float) -> Distance:
    """Return the distance of two flat float64 chunks; the first is overwritten with the difference.

    own: the sum of squares of the first.
    """
    reference, product = inner_product(before, before), inner_product(exact, before)
    exact -= before
    return Distance(inner_product(exact, exact), own, reference, product)
