"""Weights by name, and what people should read of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from torch import Tensor


class Weights(dict[str, Tensor]):
    """Weights by name.

    remarks: sentences about them, e.g. which were never trained. pruned: masks of weights that were pruned
        elsewhere, by name, bool in the weight's shape; training keeps these weights at zero.
    averaged: whether averaged weights were asked for, where there are others as well.
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
        self.averaged = averaged
        self.pruned = pruned
        self.remarks = tuple(remarks)
