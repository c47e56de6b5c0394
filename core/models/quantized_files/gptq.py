"""Decodes the weights of GPTQ files; `core.domain.quantized_files.gptq` describes them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.domain.quantized_files.survey import QuantizedWeight
from core.errors import UnusableInput
from core.models.quantized_files.decoded import Decoded, on_grid, require_finite, unpacked
from core.models.weight_files.weights import Codes


def decode(weight: QuantizedWeight, parts: Mapping[str, Tensor]) -> Decoded:
    """Return the weight; groups in the order of activations are no form of ours.

    Raises:
        UnusableInput: scales are not finite, or an input is in no group.
    """
    inputs, outputs, size = (int(weight.options[name]) for name in ("inputs", "outputs", "size"))
    codes = unpacked(parts["qweight"].T, weight.bits, inputs)
    zero = unpacked(parts["qzeros"], weight.bits, outputs).T.to(torch.int16)
    if weight.options["less_one"]:
        zero = (zero + 1) & (2**weight.bits - 1)
    scale = parts["scales"].T
    ordered = torch.arange(inputs) // size
    order = parts.get("g_idx", ordered).long()
    if bool((order < 0).any()) or bool((order >= scale.shape[1]).any()):
        raise UnusableInput(
            f"{weight.name} has inputs in groups that it has no scales for: g_idx is {int(order.min())} to "
            f"{int(order.max())}, of {scale.shape[1]:,} groups.",
            "Copy the files again; one of them may be damaged.",
        )
    if torch.equal(order, ordered):
        return on_grid(weight.name, codes, Codes(weight.bits, weight.group, scale, zero))
    require_finite(weight.name, scale)
    return Decoded(codes.float().sub_(zero.float()[:, order]).mul_(scale.float()[:, order]))
