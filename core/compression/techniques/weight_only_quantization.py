"""Weight-only quantization: weights become integers of n bits and a scale; activations stay as they are.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018; groups of weights with a scale of their own as in E. Frantar et al., "GPTQ",
ICLR 2023. Zero is always representable, so pruned weights stay pruned. The weights are stored
bit-packed; arithmetic stays in floating point, so speed does not change.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context, Technique, techniques
from core.compression.encodings import Granularity, Grid, Layout
from core.compression.model import CompressibleModel
from core.domain.technique import Storage
from core.parameters import Parameters


class WeightOnlyQuantizationParams(Parameters):
    """Resolution of the grid and which weights share one."""

    bits: int = Field(
        8, title="Bits", ge=2, le=8, description="Bits of each weight.", json_schema_extra={"x-unit": "bit"}
    )
    granularity: Literal["tensor", "channel", "group"] = Field(
        "channel",
        title="Granularity",
        description="Which weights share a scale: all, an output channel, or a group.",
    )
    group_size: int = Field(
        32, title="Group size", ge=8, le=4096, description="Inputs that share a scale; used with groups only."
    )
    scheme: Literal["symmetric", "asymmetric"] = Field(
        "symmetric",
        title="Scheme",
        description="Symmetric: the grid is centred on zero. Asymmetric: it fits the range.",
    )


@techniques.register("weight-only-quantization")
class WeightOnlyQuantization(Technique[WeightOnlyQuantizationParams]):
    """Rounds every weight to the nearest point of its grid."""

    label = "Weight-only quantization"
    storage = Storage.STORED
    headline = ("bits", "granularity")
    Params = WeightOnlyQuantizationParams

    def apply(self, model: CompressibleModel, params: WeightOnlyQuantizationParams, context: Context) -> None:
        """Round the weights and remember their grids."""
        chosen = self.layers(model, params, context)
        for done, (layer, own) in enumerate(chosen, start=1):
            layout = Layout(Granularity(own.granularity), layer.output_axis, own.group_size)
            grid = fitted_grid(
                layer.weight.detach(), layout, bits=own.bits, symmetric=own.scheme == "symmetric"
            )
            with torch.no_grad():
                layer.weight.copy_(grid.project(layer.weight))
            model.encodings[layer.parameter_name] = grid
            context.progress.report(done / len(chosen), layer.name)


def fitted_grid(weight: Tensor, layout: Layout, *, bits: int, symmetric: bool) -> Grid:
    """Return the grid that just covers each block's range, zero included."""
    blocks = layout.blocks(weight).float()
    low = blocks.amin(dim=1, keepdim=True).clamp_(max=0)
    high = blocks.amax(dim=1, keepdim=True).clamp_(min=0)
    tiny = torch.finfo(torch.float32).tiny
    if symmetric:
        middle = 2 ** (bits - 1)
        scale = (torch.maximum(-low, high) / (middle - 1)).clamp_(min=tiny)
        return Grid(
            bits, layout, scale, torch.full(scale.shape, middle, dtype=torch.uint8, device=scale.device)
        )
    levels = 2**bits - 1
    scale = ((high - low) / levels).clamp_(min=tiny)
    zero = torch.round(-low / scale).clamp_(0, levels).to(torch.uint8)
    return Grid(bits, layout, scale, zero)
