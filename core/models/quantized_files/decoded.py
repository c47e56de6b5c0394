"""Weights from codes, scales and zero points, in the float32 arithmetic of `core.compression.encoding`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.domain.quantized_files.survey import CHANNEL, TENSOR
from core.errors import UnusableInput
from core.models.weight_files.weights import Codes

_WORD = 32
_BYTE = 8


@dataclass(frozen=True, eq=False)
class Decoded:
    """A weight `(outputs, inputs)` in float32, and what it was decoded from where that is a form of ours."""

    matrix: Tensor
    codes: Codes | None = None


def unpacked(words: Tensor, bits: int, count: int) -> Tensor:
    """Return `count` codes of so many bits from each row of words of 32 bits, lowest bit first, as uint8.

    Codes follow one another without gaps, also across words. words: `(rows, words)`, int32.
    """
    raw = np.ascontiguousarray(words.numpy()).astype("<i4").view(np.uint8)
    single = np.unpackbits(raw, axis=1, bitorder="little")[:, : count * bits]
    codes = np.packbits(single.reshape(len(raw), count, bits), axis=2, bitorder="little")
    return torch.from_numpy(np.ascontiguousarray(codes[:, :, 0]))


def spread(values: Tensor, group: int, inputs: int) -> Tensor:
    """Return `(outputs, groups)` values for each of the inputs, `(outputs, inputs)` or fewer rows."""
    return values if group in {CHANNEL, TENSOR} else values.repeat_interleave(group, dim=1)[:, :inputs]


def on_grid(name: str, codes: Tensor, form: Codes) -> Decoded:
    """Return the weight that codes `(outputs, inputs)`, counted from 0, stand for.

    form: with zero points of any integer type; those beyond the codes' range are no form of ours.

    Raises:
        UnusableInput: a scale is not finite.
    """
    require_finite(name, form.scale)
    scale, zero = form.scale.float(), form.zero
    if zero is None:
        raise TypeError("codes of integers need zero points")
    inputs = codes.shape[1]
    weight = codes.float().sub_(spread(zero.float(), form.group, inputs))
    weight.mul_(spread(scale, form.group, inputs))
    empty = scale == 0
    if bool(empty.any()):  # all of such a block is zero, whatever its codes are
        weight.masked_fill_(spread(empty, form.group, inputs), 0.0)
        scale = scale.masked_fill(empty, 1.0)
    low, high = (int(bound) for bound in zero.aminmax())
    ours = low >= 0 and high < 2**form.bits
    kept = Codes(form.bits, form.group, scale.contiguous(), zero.to(torch.uint8).contiguous())
    return Decoded(weight, kept if ours else None)


def of_floats(name: str, numbers: Tensor, form: Codes) -> Decoded:
    """Return the weight that short floating-point numbers stand for; raises as `on_grid`."""
    require_finite(name, form.scale)
    scale = form.scale.float()
    weight = numbers.float().mul_(spread(scale, form.group, numbers.shape[1])).add_(0.0)
    require_finite(name, weight, "weights")
    if bool((scale == 0).any()):
        return Decoded(weight)
    return Decoded(weight, Codes(_BYTE, form.group, scale.contiguous(), number=numbers.dtype))


def require_finite(name: str, values: Tensor, what: str = "scales") -> None:
    """Raise `UnusableInput` where scales, or weights, are NaN or infinite."""
    finite = torch.isfinite(values.float())
    if not bool(finite.all()):
        count = int((~finite).sum())
        raise UnusableInput(
            f"The {what} of {name} hold NaN or infinite values, {count:,} of {finite.numel():,}.",
            "The file is damaged, or the quantization failed: copy it again, or quantize the model anew.",
        )
