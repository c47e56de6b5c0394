"""A layer as two thinner ones in a row, and the edit that puts them in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils import skip_init

from core.compression.activation_quantization.activations import attach, attached
from core.compression.edits import Edit, edits, replace_child
from core.compression.layers import Layer, output_axis, rows
from core.data.dataset import first_input

FACTORIZE = "factorize"


class LowRank(nn.Module):
    """Computes `second(first(inputs))` in the place of a linear layer, GPT-2's Conv1D or a convolution.

    A convolution becomes one with as many outputs as the rank, and a 1 x 1 convolution.
    """

    def __init__(self, old: nn.Module, rank: int) -> None:
        super().__init__()
        weight, bias = old.weight, old.bias
        if not isinstance(weight, Tensor):
            raise TypeError(f"{type(old).__name__} has no weight to factorize")
        self._transposed = output_axis(old) == 1
        inputs, outputs = (weight.shape[0], weight.shape[1]) if self._transposed else weight.shape[1::-1]
        kind: dict[str, Any] = {"device": weight.device, "dtype": weight.dtype}
        self.first: nn.Module
        self.second: nn.Module
        if isinstance(old, _ConvNd):
            convolution = type(old)
            self.first = skip_init(convolution, inputs, rank, bias=False, **_shape(old), **kind)
            self.second = skip_init(convolution, rank, outputs, 1, bias=bias is not None, **kind)
        else:
            self.first = skip_init(nn.Linear, inputs, rank, bias=False, **kind)
            self.second = skip_init(nn.Linear, rank, outputs, bias=bias is not None, **kind)
        if isinstance(bias, nn.Parameter):
            self.second.bias = bias

    @torch.no_grad()
    def fill(self, first: Tensor, second: Tensor) -> None:
        """Take over factors `(rank, inputs)` and `(outputs, rank)`, as `factors` returns them."""
        for module, factor in ((self.first, first), (self.second, second)):
            weight = module.get_parameter("weight")
            weight.copy_(factor.view(weight.shape))

    @property
    def weight(self) -> Tensor:
        """The product of the factors in the shape of the weight that was replaced, for who only looks."""
        first, second = self.first.get_parameter("weight"), self.second.get_parameter("weight")
        product = second.flatten(1) @ first.flatten(1)
        return product.t() if self._transposed else product.view(len(second), *first.shape[1:])

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return what the layer replaced would, up to the rank, from an input given by any name."""
        outputs: Tensor = self.second(self.first(first_input(args, kwargs)))
        return outputs


@edits.register(FACTORIZE)
class Factorize(Edit):
    """Puts two factors in the place of layers. Argument: `ranks`, the rank by name of the layer."""

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Replace the layers; quantizers of their inputs move along."""
        for name, rank in arguments["ranks"].items():
            old = module.get_submodule(name)
            new = LowRank(old, rank)
            quantizer = attached(old)
            if quantizer is not None:
                attach(new, quantizer)
            replace_child(module, name, new.train(old.training))


def decomposed(layer: Layer) -> tuple[Tensor, Tensor, Tensor]:
    """Return U `(outputs, k)`, falling singular values `(k,)` and V transposed `(k, inputs)`, float32.

    Of a stack they have the matrices as first axis.
    """
    matrix = rows(layer.weight.detach(), layer.output_axis).float()
    if layer.matrix_axis is not None:
        matrix = matrix.unflatten(0, (layer.weight.shape[layer.matrix_axis], -1))
    found: tuple[Tensor, Tensor, Tensor] = torch.linalg.svd(matrix, full_matrices=False)
    return found


def factors(parts: tuple[Tensor, Tensor, Tensor], rank: int) -> tuple[Tensor, Tensor]:
    """Return the best factors of a rank, `(rank, inputs)` and `(outputs, rank)`, of about equal size."""
    left, values, right = parts
    root = values[..., :rank].sqrt()
    return root[..., :, None] * right[..., :rank, :], left[..., :, :rank] * root[..., None, :]


def factorizable(module: nn.Module) -> bool:
    """Return whether two factors can stand for a module: not if its outputs see different inputs."""
    if isinstance(module, (nn.Embedding, _ConvTransposeNd)) or output_axis(module) is None:
        return False
    return not isinstance(module, _ConvNd) or module.groups == 1


def _shape(old: _ConvNd) -> dict[str, Any]:
    return {
        "kernel_size": old.kernel_size,
        "stride": old.stride,
        "padding": old.padding,
        "dilation": old.dilation,
        "padding_mode": old.padding_mode,
    }
