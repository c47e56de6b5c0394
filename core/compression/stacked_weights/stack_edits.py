"""The edits that change what a module multiplies in the place of stacked weights, such as experts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.activation_quantization.activations import SIMULATED, DynamicQuantizer, StaticQuantizer
from core.compression.edits import Edit, edits
from core.compression.layers import Layer
from core.compression.stacked_weights.raw_weights import raw_weights
from core.compression.stacked_weights.stand_ins import (
    FIRST,
    QUANTIZER,
    SECOND,
    meet_stand_ins,
    remember_orientation,
)

FACTORIZE_STACKS = "factorize-stacks"
ROUND_STACK_INPUTS = "quantize-inputs-of-stacks"


@edits.register(FACTORIZE_STACKS)
class FactorizeStacks(Edit):
    """Puts two factors of each matrix in the place of stacks. Argument: `ranks`, by name of the parameter."""

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Replace the parameters by those of the factors, which are empty; see `fill_factors`."""
        stacks = {layer.parameter_name: layer for layer in raw_weights(module)}
        for name, rank in arguments["ranks"].items():
            layer = stacks[name]
            outputs, inputs = (layer.weight.shape[axis] for axis in layer.stack_axes)
            count = len(layer.weight)
            first, second = (
                layer.weight.new_empty(shape) for shape in ((count, rank, inputs), (count, outputs, rank))
            )
            turned = layer.inputs_first
            remember_orientation(layer.module, layer.leaf, inputs_first=turned)
            meet_stand_ins(layer.module)
            del layer.module._parameters[layer.leaf]
            for end, factor in ((FIRST, first), (SECOND, second)):
                layer.module.register_parameter(
                    f"{layer.leaf}{end}", nn.Parameter(factor.mT.contiguous() if turned else factor)
                )


@edits.register(ROUND_STACK_INPUTS)
class QuantizeInputsOfStacks(Edit):
    """Rounds what meets stacked weights to int8. Arguments: `stacks`, names of parameters; `per`.

    per: "token" or "tensor" for ranges of each input itself; "range" for a fixed one of all matrices of a
    stack, which the checkpoint holds.
    """

    simulates = SIMULATED

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Add the quantizers, in the place of earlier ones."""
        for name in arguments["stacks"]:
            owner, _, leaf = name.rpartition(".")
            layer = module.get_submodule(owner)
            meet_stand_ins(layer)
            layer.register_module(
                f"{leaf}{QUANTIZER}", _quantizer(arguments["per"], layer.get_parameter(leaf))
            )

    def acted_out(self, module: nn.Module, arguments: Mapping[str, Any], native: Collection[str]) -> str:
        """Return what is simulated, as long as a quantizer is there, see `Edit.acted_out`."""
        del native
        names = dict(module.named_modules())
        return self.simulates if any(f"{name}{QUANTIZER}" in names for name in arguments["stacks"]) else ""


@torch.no_grad()
def fill_factors(module: nn.Module, layer: Layer, first: Tensor, second: Tensor) -> None:
    """Take over factors `(matrices, rank, inputs)` and `(matrices, outputs, rank)` of a replaced stack."""
    for end, factor in ((FIRST, first), (SECOND, second)):
        weight = module.get_parameter(f"{layer.parameter_name}{end}")
        weight.copy_(factor.mT if layer.inputs_first else factor)


def _quantizer(per: str, like: Tensor) -> nn.Module:
    if per == "range":
        return StaticQuantizer().to(like.device)
    return DynamicQuantizer(0 if per == "tensor" else 1)
