"""Weights by name, and what people should read of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor


class Weights(dict[str, Tensor]):
    """Weights by name. remarks: sentences about them, e.g. which were never trained."""

    def __init__(self, tensors: Mapping[str, Tensor], remarks: Iterable[str] = ()) -> None:
        super().__init__(tensors)
        self.remarks = tuple(remarks)
