"""Decodes the weights of torchao; `core.domain.quantized_files.torchao` describes them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.domain.quantized_files.survey import TENSOR, QuantizedWeight
from core.domain.quantized_files.torchao import FLOAT8
from core.errors import UnusableInput
from core.models.quantized_files.decoded import Decoded, of_floats, on_grid, require_finite
from core.models.weight_files.weights import Codes


def decode(weight: QuantizedWeight, parts: Mapping[str, Tensor]) -> Decoded:
    """Return the weight; blocks of several outputs are a form of ours only as the whole tensor.

    Raises:
        UnusableInput: scales are not finite, or codes need more bits than the metadata say.
    """
    numbers, scale, zero = parts["qdata"], parts["scale"], parts.get("zero_point")
    rows, columns = weight.options["block"]
    if weight.method == FLOAT8:
        if rows == 1 or weight.group == TENSOR:
            return of_floats(weight.name, numbers, Codes(8, weight.group, scale))
        require_finite(weight.name, scale)
        return Decoded(numbers.float().mul_(_spread(scale, (rows, columns), numbers)).add_(0.0))
    half = 2 ** (weight.bits - 1)
    low, high = (int(bound) for bound in numbers.aminmax())
    if low < -half or high >= half:
        raise UnusableInput(
            f"{weight.name} holds codes from {low} to {high}, more than {weight.bits} bits can.",
            "The file is damaged, or its metadata are of another one: save the model anew.",
        )
    zero = torch.zeros_like(scale) if zero is None else zero
    whole = bool((zero.float() == zero.float().round()).all())
    if whole and (rows == 1 or weight.group == TENSOR):
        codes = numbers.to(torch.int16).add_(half)
        form = Codes(weight.bits, weight.group, scale, zero.to(torch.int32) + half)
        return on_grid(weight.name, codes, form)
    require_finite(weight.name, scale)
    shift, size = (_spread(each.float(), (rows, columns), numbers) for each in (zero, scale))
    return Decoded(numbers.float().sub_(shift).mul_(size).add_(0.0))


def _spread(values: Tensor, block: tuple[int, int], numbers: Tensor) -> Tensor:
    """Return a value for each number, of one for each block."""
    rows, columns = numbers.shape
    whole = values.float().repeat_interleave(block[0], dim=0)[:rows]
    return whole.repeat_interleave(block[1], dim=1)[:, :columns]
