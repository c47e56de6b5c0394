"""Decodes weights of compressed-tensors, see `core.domain.quantized_files.compressed_tensors`."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.domain.quantized_files.compressed_tensors import PACKED
from core.domain.quantized_files.survey import CHANNEL, TENSOR, QuantizedWeight
from core.errors import UnusableInput
from core.models.quantized_files.decoded import Decoded, of_floats, on_grid, require_finite, unpacked
from core.models.weight_files.weights import Codes

_AGAIN = "Copy the files and config.json again, or save the model anew."
_WORD = 32


def decode(weight: QuantizedWeight, parts: Mapping[str, Tensor]) -> Decoded:
    """Return the weight; blocks and groups in the order of activations are no form of ours.

    Raises:
        UnusableInput: scales are not finite, or shapes contradict each other.
    """
    numbers = _packed(weight, parts) if weight.method == PACKED else parts["weight"]
    outputs, inputs = numbers.shape
    scale = parts["weight_scale"]
    zero = _zero(weight, parts, outputs)
    if weight.options["strategy"] == "block":
        return _in_blocks(weight, numbers, (scale, zero))
    if weight.group == TENSOR:
        scale, zero = scale.reshape(1, 1), None if zero is None else zero.reshape(1, 1)
    else:
        scale, zero = scale.reshape(outputs, -1), None if zero is None else zero.reshape(outputs, -1)
    _require_groups(weight, inputs, scale, zero)
    if weight.options["type"] == "float":
        return of_floats(weight.name, numbers, Codes(8, weight.group, scale))
    half = 2 ** (weight.bits - 1)
    codes = numbers.to(torch.int16).add_(half)
    zero = torch.full(scale.shape, half) if zero is None else zero.to(torch.int16) + half
    order = parts.get("weight_g_idx")
    ordered = torch.arange(inputs) // max(1, weight.group)
    if order is None or weight.group < 1 or bool((order < 0).all()) or torch.equal(order.long(), ordered):
        return on_grid(weight.name, codes, Codes(weight.bits, weight.group, scale, zero))
    if bool((order < 0).any()) or bool((order >= scale.shape[1]).any()) or len(order) != inputs:
        raise UnusableInput(f"{weight.name} has inputs in groups that it has no scales for.", _AGAIN)
    require_finite(weight.name, scale)
    return Decoded(codes.float().sub_(zero.float()[:, order.long()]).mul_(scale.float()[:, order.long()]))


def _packed(weight: QuantizedWeight, parts: Mapping[str, Tensor]) -> Tensor:
    """Return signed codes `(outputs, inputs)` from words."""
    words, shape = parts["weight_packed"], [int(size) for size in parts["weight_shape"]]
    needed = -(-shape[-1] * weight.bits // _WORD)
    if len(shape) != 2 or shape[0] != len(words) or needed != words.shape[1]:
        held = words.shape[1] * _WORD / max(1, shape[-1])
        raise UnusableInput(
            f"{weight.name} is said to have the shape {' x '.join(map(str, shape))} and {weight.bits} bits, "
            f"but it is packed in {words.shape[0]} x {words.shape[1]} words, {held:g} bits for a weight.",
            _AGAIN,
        )
    return unpacked(words, weight.bits, shape[1]).to(torch.int16).sub_(2 ** (weight.bits - 1))


def _zero(weight: QuantizedWeight, parts: Mapping[str, Tensor], outputs: int) -> Tensor | None:
    zero = parts.get("weight_zero_point")
    if zero is None or weight.method != PACKED:
        return zero
    needed = -(-outputs * weight.bits // _WORD)
    if zero.dim() != 2 or len(zero) != needed:
        raise UnusableInput(
            f"The zero points of {weight.name} are packed in {len(zero)} words, not {needed} for {outputs} "
            f"outputs of {weight.bits} bits.",
            _AGAIN,
        )
    return unpacked(zero.T, weight.bits, outputs).T.to(torch.int16).sub_(2 ** (weight.bits - 1))


def _require_groups(weight: QuantizedWeight, inputs: int, scale: Tensor, zero: Tensor | None) -> None:
    groups = 1 if weight.group in {TENSOR, CHANNEL} else -(-inputs // weight.group)
    for what, values in (("scales", scale), ("zero points", zero)):
        if values is not None and (values.shape[1] != groups or values.shape != scale.shape):
            raise UnusableInput(
                f"{weight.name} has {values.shape[1]:,} {what} for each output, not {groups:,} for "
                f"{inputs:,} inputs in groups of {weight.group:,}.",
                _AGAIN,
            )


def _in_blocks(weight: QuantizedWeight, numbers: Tensor, tables: tuple[Tensor, Tensor | None]) -> Decoded:
    scale, zero = tables
    block = weight.options["block"]
    expected = tuple(-(-size // each) for size, each in zip(numbers.shape, block or (), strict=False))
    if tuple(scale.shape) != expected or (zero is not None and zero.shape != scale.shape):
        raise UnusableInput(f"{weight.name} has no scale for each block of {block}.", _AGAIN)
    require_finite(weight.name, scale)

    def spread(values: Tensor) -> Tensor:
        rows = values.float().repeat_interleave(block[0], 0)[: len(numbers)]
        return rows.repeat_interleave(block[1], 1)[:, : numbers.shape[1]]

    shifted = numbers.float() if zero is None else numbers.float().sub_(spread(zero))
    found = shifted.mul_(spread(scale)).add_(0.0)
    require_finite(weight.name, found, "weights")
    return Decoded(found)
