"""Weight-only quantization: weights become integers of n bits and a scale; activations stay as they are.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018; groups of weights with a scale of their own as in E. Frantar et al., "GPTQ",
ICLR 2023. Zero is always representable, so pruned weights stay pruned. The weights are stored
bit-packed; arithmetic stays in floating point, so speed does not change. Where torchao is installed,
profiles time linear layers of 8 bits (symmetric, per channel or tensor) with its kernels, which read int8.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.elementwise import WEIGHTS, Weights
from core.compression.encoding.encodings import Layout
from core.compression.model import CompressibleModel
from core.compression.quantization.grids import fitted_grid, put_on_grid
from core.domain.effect import Amount, Coding, Effect
from core.domain.technique import Family, Storage
from core.parameters import Declared, Parameters


class WeightOnlyQuantizationParams(Parameters):
    """Resolution of the grid and which weights share one."""

    bits: int = Field(
        8,
        title="Bits",
        ge=2,
        le=8,
        description="Bits of each weight.",
        json_schema_extra=Declared(unit="bit"),
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
    weights: Weights = WEIGHTS


@techniques.register("weight-only-quantization")
class WeightOnlyQuantization(Technique[WeightOnlyQuantizationParams]):
    """Rounds every weight to the nearest point of its grid."""

    label = "Weight-only quantization"
    family = Family.QUANTIZATION
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("bits", "granularity", "weights")
    effect = Effect(
        Coding(
            Amount("bits"),
            "granularity",
            group="group_size",
            zero_points_with={"scheme": ("asymmetric",)},
        )
    )
    Params = WeightOnlyQuantizationParams

    def apply(self, model: CompressibleModel, params: WeightOnlyQuantizationParams, context: Context) -> None:
        """Round the weights and remember their grids."""
        chosen = self.layers(model, params, context)
        for done, (layer, own) in enumerate(chosen, start=1):
            layout = Layout.of(layer, own.granularity, own.group_size)
            grid = fitted_grid(
                layer.weight.detach(), layout, bits=own.bits, symmetric=own.scheme == "symmetric"
            )
            put_on_grid(model, layer, grid)
            context.progress.report(done / len(chosen), layer.name)
