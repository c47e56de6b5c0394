"""The inputs of a layer as the matrix that its weight is multiplied with, and their second moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from core.compression.activation_quantization.activations import called_modules
from core.compression.calibration_statistics.observers import look_at
from core.compression.layers import Layer
from core.compression.stacked_weights.stacked_products import products_seen
from core.data.dataset import Batch

ENTRIES_AT_ONCE = 1 << 24  # of patches, which take several times the memory of their image


def groups(layer: Layer) -> int:
    """Return how many blocks of a layer's outputs have inputs of their own, as each matrix of a stack has."""
    if layer.matrix_axis is not None:
        return layer.weight.shape[layer.matrix_axis]
    return layer.module.groups if isinstance(layer.module, _ConvNd) else 1


def multiplied(module: nn.Module) -> bool:
    """Return whether a module multiplies rows of its weight with its inputs as `input_matrix` gives them."""
    return not isinstance(module, (nn.Embedding, nn.EmbeddingBag, nn.Bilinear, _ConvTransposeNd))


def input_matrix(module: nn.Module, inputs: Tensor) -> Tensor:
    """Return inputs as `(groups, samples, inputs of a row)`, in the order of the weight's `rows`.

    Of a convolution each output position is a sample.
    """
    if not isinstance(module, _ConvNd):
        return inputs.reshape(1, -1, inputs.shape[-1])
    values = functional.pad(
        inputs,
        module._reversed_padding_repeated_twice,
        mode="constant" if module.padding_mode == "zeros" else module.padding_mode,
    )
    axes = range(2, values.dim())
    for axis, size, stride, dilation in zip(
        axes, module.kernel_size, module.stride, module.dilation, strict=True
    ):
        values = values.unfold(axis, (size - 1) * dilation + 1, stride)[..., ::dilation]
    spatial = len(module.kernel_size)
    values = values.unflatten(1, (module.groups, -1))  # instance, group, channel, positions, kernel
    positions = [3 + axis for axis in range(spatial)]
    kernel = [3 + spatial + axis for axis in range(spatial)]
    matrix: Tensor = values.permute(1, 0, *positions, 2, *kernel).flatten(spatial + 2).flatten(1, spatial + 1)
    return matrix


def second_moments(
    module: nn.Module, layers: Sequence[Layer], batches: Iterable[Batch]
) -> Mapping[str, Tensor]:
    """Return per parameter name the sums of products of its inputs, `(groups, inputs, inputs)` float32.

    Layers that are never called, or do not multiply, are left out.

    Raises:
        UnusableInput: a layer's inputs are NaN or infinite.
    """
    sums: dict[str, Tensor] = {}
    stacks = [layer for layer in layers if layer.matrix_axis is not None]
    owners = {
        name: layer.parameter_name
        for layer in layers
        if layer.leaf == "weight" and layer not in stacks
        for name in called_modules(module, layer)
        if multiplied(module.get_submodule(name))
    }

    def add(name: str, values: Tensor) -> None:
        child = module.get_submodule(name)
        for part in _parts(child, values):
            matrix = input_matrix(child, part).float()
            product = matrix.transpose(1, 2) @ matrix
            owner = owners[name]
            sums[owner] = sums[owner].add_(product) if owner in sums else product

    def add_to_stack(stack: Layer, index: int, inputs: Tensor) -> None:
        matrix = inputs.float()
        blank = matrix.new_zeros(groups(stack), matrix.shape[1], matrix.shape[1])
        sums.setdefault(stack.parameter_name, blank)[index].addmm_(matrix.t(), matrix)

    with products_seen(module, stacks, add_to_stack):
        look_at(module, dict.fromkeys(owners, add), batches)
    return sums


def _parts(module: nn.Module, values: Tensor) -> tuple[Tensor, ...]:
    if not isinstance(module, _ConvNd):
        return (values,)
    patches = values.numel() // len(values) * torch.Size(module.kernel_size).numel()
    parts: tuple[Tensor, ...] = values.split(max(1, ENTRIES_AT_ONCE // max(1, patches)))
    return parts
