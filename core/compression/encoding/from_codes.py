"""Encodings of weights that came as codes, from `core.models.weight_files.weights.Codes`."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from core.compression.encoding.encodings import Cast, Encoding, Granularity, Grid, Layout
from core.compression.encoding.storage import same_bits
from core.compression.layers import Layer, compressible_layers
from core.models.weight_files.weights import Codes

_WHOLE_TENSOR, _WHOLE_CHANNEL = -1, 0


def encodings_of(module: nn.Module, codes: Mapping[str, Codes]) -> dict[str, Encoding]:
    """Return the encodings that give back the weights of a module in every bit, by parameter name.

    codes: by any name of the weight in the state dict.
    """
    found = {}
    for layer in compressible_layers(module):
        names = [f"{name}.{layer.leaf}" for name in layer.names]
        given = next((codes[name] for name in names if name in codes), None)
        encoding = None if given is None else _encoding(layer, given)
        if encoding is not None and same_bits(encoding.project(layer.weight.detach()), layer.weight.detach()):
            found[layer.parameter_name] = encoding
    return found


def _encoding(layer: Layer, codes: Codes) -> Encoding | None:
    granularity = {_WHOLE_TENSOR: Granularity.TENSOR, _WHOLE_CHANNEL: Granularity.CHANNEL}
    chosen = granularity.get(codes.group, Granularity.GROUP)
    layout = Layout(chosen, layer.output_axis, max(codes.group, 0))
    blocks = layout.blocks(layer.weight.detach())
    scale = codes.scale.reshape(-1, 1)
    if len(scale) != len(blocks):
        return None
    if codes.number is not None:
        return Cast(codes.number, layout, scale)
    if codes.zero is None:
        return None
    return Grid(codes.bits, layout, scale, codes.zero.to(torch.uint8).reshape(-1, 1))
