"""Which weights compression may touch: the one place that knows convolution, linear, Conv1D and embedding.

Weights that other modules multiply by themselves are in `core.compression.stacked_weights.raw_weights`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils import parametrize

from core.domain.technique import LayerRules

EVERYTHING = LayerRules()
Axes = int | tuple[int, int]
"""The weight's axis that counts output channels; of a stack of matrices the axis of the matrices, and it."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A module whose weight can be compressed.

    names: dotted names of all modules that share the weight, e.g. a tied embedding and its head.
    output_axis: the weight's axis that counts output channels (rows of an embedding); two for a stack of
        matrices, such as the experts of a mixture in one tensor. leaf: name of the weight in its module.
    elementwise: whether it is no matrix, but scales or shifts single numbers, see `elementwise_weights`.
    """

    names: tuple[str, ...]
    module: nn.Module
    weight: nn.Parameter
    output_axis: Axes
    leaf: str = "weight"
    elementwise: bool = False

    @property
    def name(self) -> str:
        """The first of the names."""
        return self.names[0]

    @property
    def parameter_name(self) -> str:
        """The weight's key in the state dict."""
        return f"{self.name}.{self.leaf}" if self.name else self.leaf

    @property
    def outputs(self) -> int:
        """How many output channels there are, in a stack those of all matrices."""
        return output_count(self.weight.shape, self.output_axis)

    @property
    def matrix_axis(self) -> int | None:
        """The axis of a stack that counts its matrices; None if the weight is a single one."""
        return None if isinstance(self.output_axis, int) else self.output_axis[0]

    @property
    def inputs_first(self) -> bool:
        """Whether a stack is `(matrices, inputs, outputs)`."""
        return self.output_axis == (0, 2)

    @property
    def stack_axes(self) -> tuple[int, int]:
        """The axes of a stack `(matrices, ., .)` that count the outputs and the inputs of its matrices."""
        return (2, 1) if self.inputs_first else (1, 2)


def compressible_layers(module: nn.Module, rules: LayerRules = EVERYTHING) -> list[Layer]:
    """Return the layers that the rules allow to touch, in module order, each shared weight once.

    A shared weight is touched if any of its modules is included and none is excluded.
    """
    holders: dict[int, list[str]] = {}
    found: dict[int, tuple[nn.Module, nn.Parameter, int]] = {}
    for name, child in module.named_modules():
        axis = output_axis(child)
        if axis is None or not isinstance(child.weight, nn.Parameter):
            continue
        holders.setdefault(id(child.weight), []).append(name)
        found.setdefault(id(child.weight), (child, child.weight, axis))
    layers = [Layer(tuple(holders[key]), *entry) for key, entry in found.items()]
    return [layer for layer in layers if rules.touches_shared(layer.names)]


def parametrized_layers(module: nn.Module) -> list[str]:
    """Return the names of layers whose weight is computed, such as by weight norm."""
    return [
        name
        for name, child in module.named_modules()
        if output_axis(child) is not None and parametrize.is_parametrized(child, "weight")
    ]


def matrices(module: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters of two axes and more by name, shared ones once: what compression is about.

    The biases of stacked experts have two axes as well, and are left out.
    """
    return {
        name: parameter
        for name, parameter in module.named_parameters()
        if parameter.dim() >= 2 and parameter.is_floating_point() and not name.endswith("bias")
    }


def output_axis(module: nn.Module) -> int | None:
    """Return the weight axis of output channels, or None if the module is not compressible."""
    if isinstance(module, _ConvTransposeNd) or is_conv1d(module):
        return 1
    if isinstance(module, (_ConvNd, nn.Linear, nn.Embedding)):
        return 0
    return None


def rows(weight: Tensor, axes: Axes) -> Tensor:
    """Return the weight as a matrix `(output channels, inputs of each)`; a view where possible."""
    return outputs_first(weight, axes).flatten(1)


def outputs_first(weight: Tensor, axes: Axes) -> Tensor:
    """Return the weight with its output channels as first axis, those of a stack joined into one."""
    if isinstance(axes, int):
        return weight.movedim(axes, 0)
    return weight.movedim(axes, (0, 1)).flatten(0, 1)


def outputs_back(values: Tensor, shape: torch.Size, axes: Axes) -> Tensor:
    """Return the inverse of `outputs_first` for a weight of that shape, from whatever has its entries."""
    kept = (axes,) if isinstance(axes, int) else axes
    moved = [shape[axis] for axis in kept] + [size for axis, size in enumerate(shape) if axis not in kept]
    return values.reshape(moved).movedim(tuple(range(len(kept))), kept)


def output_count(shape: torch.Size, axes: Axes) -> int:
    """Return how many output channels a weight of the given shape has."""
    return shape[axes] if isinstance(axes, int) else shape[axes[0]] * shape[axes[1]]


def sizes(layers: Iterable[Layer]) -> dict[str, int]:
    """Return how many weights each layer has, by parameter name."""
    return {layer.parameter_name: layer.weight.numel() for layer in layers}


def parameterised_modules(module: nn.Module) -> list[str]:
    """Return the names of all modules with parameters of their own, which layer rules may mention."""
    return [
        name
        for name, child in module.named_modules()
        if next(child.parameters(recurse=False), None) is not None or parametrize.is_parametrized(child)
    ]


def is_conv1d(module: nn.Module) -> bool:
    """Recognise GPT-2's linear layer without importing transformers for models that do not need it."""
    library = sys.modules.get("transformers.pytorch_utils")
    return library is not None and isinstance(module, library.Conv1D)
