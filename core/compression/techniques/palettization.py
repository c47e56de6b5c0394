"""Palettization: the weights of each layer, or of some of its channels, share a few values found by k-means.

S. Han, H. Mao and W. J. Dally, "Deep Compression", ICLR 2016 (trained quantization by weight sharing).
Each weight is stored as the index of its value. Weights that are zero stay zero: zero then is one of
the values, and clustering leaves it out.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context, Technique, techniques
from core.compression.elementwise import WEIGHTS, Weights
from core.compression.encoding.encodings import Encoding, GroupedPalette, Palette, channel_groups
from core.compression.layers import Layer, outputs_back
from core.compression.model import CompressibleModel
from core.compression.quantization.clustering import cluster
from core.domain.effect import Amount, CodeKind, Coding, Effect
from core.domain.technique import Family, Storage
from core.parameters import Declared, Parameters


class PalettizationParams(Parameters):
    """Size of the palettes and which weights share one."""

    bits: int = Field(
        4,
        title="Bits",
        ge=1,
        le=8,
        description="Bits of each weight's index; n bits give 2 to the power of n values.",
        json_schema_extra=Declared(unit="bit"),
    )
    granularity: Literal["tensor", "group"] = Field(
        "tensor",
        title="Granularity",
        description="Which weights share a palette: all of a layer, or a group of output channels.",
    )
    group_size: int = Field(
        16,
        title="Group size",
        ge=1,
        le=65536,
        description="Output channels per palette; used with groups only.",
    )
    weights: Weights = WEIGHTS


@techniques.register("palettization")
class Palettization(Technique[PalettizationParams]):
    """Replaces every weight by the nearest value of its layer's palette."""

    label = "Palettization"
    family = Family.PALETTIZATION
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("bits", "granularity", "weights")
    effect = Effect(Coding(Amount("bits"), "granularity", group="group_size", kind=CodeKind.PALETTE))
    Params = PalettizationParams

    def apply(self, model: CompressibleModel, params: PalettizationParams, context: Context) -> None:
        """Cluster each layer's weights and remember the palettes."""
        chosen = self.layers(model, params, context)
        for done, (layer, own) in enumerate(chosen, start=1):
            palette, weight = _drawn(layer, own)
            with torch.no_grad():
                layer.weight.copy_(weight)
            model.encodings[layer.parameter_name] = palette
            context.progress.report(done / len(chosen), layer.name)


def _drawn(layer: Layer, params: PalettizationParams) -> tuple[Encoding, Tensor]:
    """Return the palettes of a layer's weight and the weight drawn with them."""
    weight = layer.weight.detach()
    if params.granularity == "group" and not layer.elementwise:
        axes, group = layer.output_axis, params.group_size
    elif layer.matrix_axis is None:
        return palettized(weight, params.bits)
    else:  # each matrix of a stack is a tensor of its own
        axes, group = layer.matrix_axis, 1
    parts = channel_groups(weight, axes, group)
    palettes, drawn = zip(*(palettized(part, params.bits) for part in parts), strict=True)
    return GroupedPalette(palettes, group, axes), outputs_back(torch.cat(drawn), weight.shape, axes)


def palettized(weight: Tensor, bits: int) -> tuple[Palette, Tensor]:
    """Return the palette of a weight and the weight drawn with it.

    A pruned weight gets zero and `2**bits - 1` (at least two) other values.
    """
    zeros = weight == 0
    if not bool(zeros.any()):
        palette = Palette(cluster(weight, 2**bits).to(weight).unique())
        return palette, palette.project(weight)
    if bool(zeros.all()):
        return Palette(weight.new_zeros(1)), weight
    others = Palette(cluster(weight[~zeros], max(2, 2**bits - 1)).to(weight).unique())
    drawn = others.project(weight).masked_fill_(zeros, 0)
    return Palette(torch.cat([others.codebook, weight.new_zeros(1)]).unique()), drawn
