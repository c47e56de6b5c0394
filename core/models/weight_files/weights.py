"""Weights by name, and what people should read of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Codes:
    """What a weight was decoded from: `weight = (code - zero) * scale`, or a short float times a scale.

    bits: of a code, which is counted from 0. scale, zero: `(outputs, groups)`, float32 and uint8.
    group: inputs that share a scale; 0: all of an output; -1: the whole tensor has one, `(1, 1)`.
    number: the floating-point type of codes that are such numbers; they have no zero.
    """

    bits: int
    group: int
    scale: Tensor
    zero: Tensor | None = None
    number: torch.dtype | None = None


class Weights(dict[str, Tensor]):
    """Weights by name.

    remarks: sentences about them, e.g. which were never trained. pruned: masks of weights that were pruned
        elsewhere, by name, bool in the weight's shape; training keeps these weights at zero.
    averaged: whether averaged weights were asked for, where there are others as well.
    decoded: how many numbers each weight has that a file held as codes, by name. codes: what those were
        decoded from that have a form of ours. drawn: names of weights that no file had.
    layout: how a file held codes, in few words.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        remarks: Iterable[str] = (),
        pruned: Mapping[str, Tensor] = MappingProxyType({}),
        *,
        averaged: bool = False,
    ) -> None:
        super().__init__(tensors)
        self.decoded: Mapping[str, int] = {}
        self.codes: Mapping[str, Codes] = {}
        self.drawn: tuple[str, ...] = ()
        self.layout = ""
        self.averaged = averaged
        self.pruned = pruned
        self.remarks = tuple(remarks)
