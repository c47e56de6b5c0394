"""Decodes the weights of bitsandbytes; `core.domain.quantized_files.bitsandbytes` describes them.

Products are kept in float32; bitsandbytes rounds them to the type that a model computes in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from core.domain.quantized_files.bitsandbytes import INT8, STATE
from core.domain.quantized_files.survey import QuantizedWeight
from core.errors import UnusableInput
from core.models.quantized_files.decoded import Decoded, on_grid, require_finite
from core.models.weight_files.weights import Codes

_LARGEST = 127.0


def decode(weight: QuantizedWeight, parts: Mapping[str, Tensor]) -> Decoded:
    """Return the weight; raises `UnusableInput` where scales are not finite or blocks do not fit."""
    if weight.method == INT8:
        scale = parts["SCB"].unsqueeze(1) / _LARGEST
        zero = torch.full(scale.shape, 128, dtype=torch.uint8)
        codes = parts["weight"].to(torch.int16).add_(128).to(torch.uint8)
        return on_grid(weight.name, codes, Codes(8, weight.group, scale, zero))
    state = _state(weight, parts[f"{STATE}{weight.method}"])
    size, shape = int(state["blocksize"]), torch.Size(state["shape"])
    scale = _scales(weight, parts, state)
    packed = parts["weight"].reshape(-1)
    codes = torch.stack([packed >> 4, packed & 15], 1).reshape(-1)[: shape.numel()]
    if scale.numel() != -(-shape.numel() // size) or len(codes) < shape.numel() or len(shape) != 2:
        told = f"{scale.numel():,} scales for {shape.numel():,} weights in blocks of {size:,}"
        raise UnusableInput(f"{weight.name} has {told}.", "Copy the files again; one may be damaged.")
    require_finite(weight.name, scale)
    table = parts["weight.quant_map"].float()
    require_finite(weight.name, table, "values")
    spread = scale.repeat_interleave(size)[: shape.numel()]
    return Decoded(table[codes.long()].mul_(spread).reshape(shape))


def _state(weight: QuantizedWeight, content: Tensor) -> Mapping[str, Any]:
    """Return what a file says of a weight: block sizes, shape, the table."""
    try:
        state = json.loads(bytes(content.numpy().tobytes()).decode("utf-8"))
        sound = (
            state["quant_type"] == weight.method
            and all(isinstance(size, int) and size > 0 for size in (state["blocksize"], *state["shape"]))
            and (state.get("nested_blocksize") is None or state["nested_blocksize"] > 0)
        )
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise UnusableInput(
            f"{weight.name} does not say how it was quantized: its quant_state is damaged.",
            "Copy the files again, or save the model anew.",
        )
    found: Mapping[str, Any] = state
    return found


def _scales(weight: QuantizedWeight, parts: Mapping[str, Tensor], state: Mapping[str, Any]) -> Tensor:
    scales = parts["weight.absmax"]
    if "weight.nested_absmax" not in parts:
        return scales.float()
    if not state.get("nested_blocksize"):
        raise UnusableInput(f"{weight.name} has nested scales of no block size.", "Save the model anew.")
    require_finite(weight.name, parts["weight.nested_absmax"])
    outer = parts["weight.nested_absmax"].repeat_interleave(int(state["nested_blocksize"]))
    table = parts["weight.nested_quant_map"].float()
    if len(outer) < len(scales) or len(table) <= int(scales.max()):
        raise UnusableInput(
            f"{weight.name} has too few nested scales: {len(outer):,} for {len(scales):,} blocks.",
            "Copy the files again; one may be damaged.",
        )
    inner = table[scales.long()].mul_(outer[: len(scales)])
    return inner.add_(float(state.get("nested_offset") or 0.0))
