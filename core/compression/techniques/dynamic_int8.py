"""Dynamic int8: int8 weights, activations in each input's own range; smaller file, same speed.

O. Zafrir et al., "Q8BERT: Quantized 8Bit BERT", 2019 (dynamic quantization of activations); scales for
each token as in Z. Yao et al., "ZeroQuant", NeurIPS 2022. No calibration is needed, because each input's
own range gives its scale. The weights are stored as int8 with a scale for each output channel; the
arithmetic is acted out in floating point, so speed does not change, but where torchao is installed, profiles
time linear layers with scales for each token by its int8 kernels. Embeddings have no inputs, and the output
layers of torch's multi-head attention are never called: of these only the weights are quantized, and so of
recurrent layers. Inputs of experts in one tensor are rounded where the module multiplies them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.compression.activation_quantization.activations import called_modules
from core.compression.base import Context, Technique, techniques
from core.compression.layers import Layer, output_axis
from core.compression.model import CompressibleModel
from core.compression.quantization.grids import (
    note_unrounded,
    note_where_stacks_are_rounded,
    quantize_to_int8,
)
from core.compression.stacked_weights.stack_edits import ROUND_STACK_INPUTS
from core.domain.effect import Amount, Coding, Effect
from core.domain.technique import Family, Storage
from core.parameters import Parameters


class DynamicInt8Params(Parameters):
    """Which activations share a scale."""

    per: Literal["token", "tensor"] = Field(
        "token",
        title="Activation scale",
        description="Token: each vector, or each instance before a convolution. Tensor: the whole batch, "
        "so that results depend on its size.",
    )


@techniques.register("dynamic-int8")
class DynamicInt8(Technique[DynamicInt8Params]):
    """Quantizes weights now and inputs whenever the layer is called."""

    label = "Dynamic int8"
    family = Family.QUANTIZATION
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("per",)
    effect = Effect(Coding(Amount(value=8)), layer_bytes=37)
    Params = DynamicInt8Params

    def apply(self, model: CompressibleModel, params: DynamicInt8Params, context: Context) -> None:
        """Round the weights, and let inputs pass through quantizers."""
        chosen = self.layers(model, params, context)
        for done, (layer, _) in enumerate(chosen, start=1):
            quantize_to_int8(model, layer)
            context.progress.report(done / len(chosen), layer.name)
        note_unrounded(model, [layer for layer, _ in chosen if layer.matrix_axis is None])
        note_where_stacks_are_rounded(model, [layer for layer, _ in chosen if layer.matrix_axis is not None])
        for per in ("token", "tensor"):
            alike = [layer for layer, own in chosen if own.per == per]
            names = [name for layer in alike for name in _called(model, layer)]
            stacks = [layer.parameter_name for layer in alike if layer.matrix_axis is not None]
            if names:
                model.edit("quantize-inputs-dynamically", {"layers": names, "per": per})
            if stacks:
                model.edit(ROUND_STACK_INPUTS, {"stacks": stacks, "per": per})


def _called(model: CompressibleModel, layer: Layer) -> list[str]:
    return called_modules(model.module, layer) if output_axis(layer.module) is not None else []
