"""Which weights compression may touch: the one place that knows convolution, linear, Conv1D and embedding."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils import parametrize

from core.domain.technique import LayerRules

EVERYTHING = LayerRules()
NEGLIGIBLE = 0.01  # share of a model's numbers that may stay as it is unsaid


@dataclass(frozen=True, eq=False)
class Layer:
    """A module whose weight can be compressed.

    names: dotted names of all modules that share the weight, e.g. a tied embedding and its head.
    output_axis: the weight's axis that counts output channels (rows of an embedding).
    """

    names: tuple[str, ...]
    module: nn.Module
    weight: nn.Parameter
    output_axis: int

    @property
    def name(self) -> str:
        """The first of the names."""
        return self.names[0]

    @property
    def parameter_name(self) -> str:
        """The weight's key in the state dict."""
        return f"{self.name}.weight" if self.name else "weight"


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
    """Return the parameters of two axes and more by name, shared ones once: what compression is about."""
    return {
        name: parameter
        for name, parameter in module.named_parameters()
        if parameter.dim() >= 2 and parameter.is_floating_point()
    }


def matrices_out_of_reach(module: nn.Module, rules: LayerRules = EVERYTHING) -> dict[str, int]:
    """Return the sizes of weight matrices that no compressible layer holds and rules would allow to touch.

    Such are the joint projections of `nn.MultiheadAttention`, the weights of recurrent layers and the experts
    of a mixture in one tensor; empty where they are a negligible part of the model.
    """
    within = {id(layer.weight) for layer in compressible_layers(module)}
    found = {
        name: parameter.numel()
        for name, parameter in matrices(module).items()
        if min(parameter.shape) > 1 and id(parameter) not in within and rules.touches(name.rpartition(".")[0])
    }
    everything = sum(parameter.numel() for parameter in module.parameters())
    return found if sum(found.values()) > NEGLIGIBLE * everything else {}


def output_axis(module: nn.Module) -> int | None:
    """Return the weight axis of output channels, or None if the module is not compressible."""
    if isinstance(module, _ConvTransposeNd) or is_conv1d(module):
        return 1
    if isinstance(module, (_ConvNd, nn.Linear, nn.Embedding)):
        return 0
    return None


def rows(weight: Tensor, axis: int) -> Tensor:
    """Return the weight as a matrix `(output channels, inputs of each)`; a view where possible."""
    return weight.movedim(axis, 0).flatten(1)


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
