"""Decodes the weights of AWQ files; `core.domain.quantized_files.awq` describes them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.domain.quantized_files.awq import BITS
from core.domain.quantized_files.survey import QuantizedWeight
from core.models.quantized_files.decoded import Decoded, on_grid, unpacked
from core.models.weight_files.weights import Codes

_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
"""Which of eight outputs each place of a word holds, the lowest first."""


def decode(weight: QuantizedWeight, parts: Mapping[str, Tensor]) -> Decoded:
    """Return the weight; raises `UnusableInput` where scales are not finite."""
    outputs = int(weight.options["outputs"])
    codes, scale = _in_order(parts["qweight"], outputs), parts["scales"].T
    if "qzeros" in parts:
        zero = _in_order(parts["qzeros"], outputs)
    else:
        zero = torch.full(scale.shape, 2 ** (BITS - 1), dtype=torch.uint8)
    return on_grid(weight.name, codes, Codes(BITS, weight.group, scale, zero))


def _in_order(words: Tensor, outputs: int) -> Tensor:
    """Return codes `(outputs, rows)` of words `(rows, outputs / 8)`."""
    placed = unpacked(words, BITS, outputs).view(len(words), -1, len(_ORDER))
    places = torch.tensor(_ORDER).argsort()
    return placed[:, :, places].reshape(len(words), outputs).T
