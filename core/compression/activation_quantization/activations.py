"""Layers whose inputs are rounded to int8 while they compute: quantizers as children, and the edits that add them.

A quantizer is a child module of the layer, called by a hook before it. The layer's own names and weights
stay as they are, so that every later step finds them. Rounding is acted out in floating point with the
straight-through estimator, so that models can still be trained.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from core.compression.edits import Edit, edits
from core.compression.layers import Layer
from core.data.dataset import input_name

CHILD = "input_quantizer"
_FUNCTIONAL = {"MultiheadAttention", "ShiftedWindowAttention"}  # attention that calls none of its layers
LEVELS = 255  # largest code of unsigned 8 bits
SIMULATED = "activations are rounded to int8 in floating-point arithmetic"


class DynamicQuantizer(nn.Module):
    """Rounds to symmetric int8 with scales taken from each input itself.

    axes: how many last axes of the input share a scale; 0 for all.
    """

    def __init__(self, axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, values: Tensor) -> Tensor:
        """Return the rounded values, in the same shape and type."""
        exact = values.detach().float()
        dims = list(range(exact.dim()))[-self.axes :] if self.axes else list(range(exact.dim()))
        scale = exact.abs().amax(dim=dims, keepdim=True).div_(127).clamp_(min=torch.finfo(torch.float32).tiny)
        rounded = exact.div(scale).round_().mul_(scale).to(values.dtype)
        return values + (rounded - values).detach() if values.requires_grad else rounded


class StaticQuantizer(nn.Module):
    """Rounds to unsigned 8 bits with one scale and zero point that calibration found.

    scale, zero: buffers `()`, float32 and int32; what they hold is part of the checkpoint.
    """

    scale: Tensor
    zero: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("zero", torch.zeros((), dtype=torch.int32))

    def fit(self, low: float, high: float) -> None:
        """Cover the range from `low` to `high`, zero included."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = max((high - low) / LEVELS, torch.finfo(torch.float32).tiny)
        self.scale.fill_(scale)
        self.zero.fill_(min(LEVELS, max(0, round(-low / scale))))

    def forward(self, values: Tensor) -> Tensor:
        """Return the rounded values, in the same shape and type; what is beyond the range is cut off."""
        rounded = torch.fake_quantize_per_tensor_affine(values.float(), self.scale, self.zero, 0, LEVELS)
        return rounded.to(values.dtype)


class QuantizeInputs(Edit):
    """What both edits that add quantizers simulate, as long as the quantizers are there and needed."""

    simulates = SIMULATED

    def acted_out(self, module: nn.Module, arguments: Mapping[str, Any], native: Collection[str]) -> str:
        """Return what is simulated, see `Edit.acted_out`."""
        layers = dict(module.named_modules())
        simulated = (
            name
            for name in arguments["layers"]
            if name not in native and name in layers and not isinstance(attached(layers[name]), nn.Identity)
        )
        return self.simulates if next(simulated, None) is not None else ""


@edits.register("quantize-inputs-dynamically")
class QuantizeInputsDynamically(QuantizeInputs):
    """Adds quantizers that look at each input. Arguments: `layers`, names; `per`, "token" or "tensor".

    Inputs of a convolution have a scale per instance instead of one per token.
    """

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Add the quantizers."""
        for name in arguments["layers"]:
            layer = module.get_submodule(name)
            attach(layer, DynamicQuantizer(_shared_axes(layer, arguments["per"])))


@edits.register("quantize-inputs-statically")
class QuantizeInputsStatically(QuantizeInputs):
    """Adds quantizers with fixed ranges, which the checkpoint holds. Arguments: `layers`, names."""

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Add the quantizers."""
        for name in arguments["layers"]:
            layer = module.get_submodule(name)
            device = next(layer.parameters()).device
            attach(layer, StaticQuantizer().to(device))


def attach(layer: nn.Module, quantizer: nn.Module) -> None:
    """Let a layer's inputs pass through a quantizer, in the place of an earlier one if there is one."""
    hooked = hasattr(layer, CHILD)
    layer.register_module(CHILD, quantizer)
    if not hooked:
        layer.register_forward_pre_hook(_quantized, with_kwargs=True)


def attached(layer: nn.Module) -> nn.Module | None:
    """Return the quantizer of a layer's inputs, None where there is none."""
    found: nn.Module | None = getattr(layer, CHILD, None)
    return found


def called_modules(module: nn.Module, layer: Layer) -> list[str]:
    """Return the names of a layer's modules that compute with inputs of their own.

    Embeddings look rows up; torch's multi-head attention and torchvision's Swin use the weights of their
    layers without calling them.
    """
    return [
        name
        for name in layer.names
        if not isinstance(module.get_submodule(name), nn.Embedding) and not bypassed(module, name)
    ]


def bypassed(module: nn.Module, name: str) -> bool:
    """Return whether the model uses the weights of the named module without calling it."""
    owner = module.get_submodule(name.rpartition(".")[0])
    return any(kind.__name__ in _FUNCTIONAL for kind in type(owner).__mro__)


def _shared_axes(layer: nn.Module, per: Literal["token", "tensor"]) -> int:
    if per == "tensor":
        return 0
    return len(layer.kernel_size) + 1 if isinstance(layer, _ConvNd) else 1


def _quantized(
    layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    quantizer = layer.get_submodule(CHILD)
    if args:
        return (quantizer(args[0]), *args[1:]), kwargs
    name = input_name(kwargs)
    return args, {**kwargs, name: quantizer(kwargs[name])}
