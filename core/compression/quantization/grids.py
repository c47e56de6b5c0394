"""Fitting grids of n-bit integers to weights, and putting weights on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from core.compression.encoding.encodings import Granularity, Grid, Layout
from core.compression.layers import Layer, output_axis
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import NEGLIGIBLE
from core.presentation.lists import listed
from core.presentation.numbers import percent


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


def put_on_grid(model: CompressibleModel, layer: Layer, grid: Grid) -> None:
    """Round a layer's weight to a grid, and remember the grid."""
    with torch.no_grad():
        layer.weight.copy_(grid.project(layer.weight))
    model.encodings[layer.parameter_name] = grid


def note_unrounded(model: CompressibleModel, layers: Iterable[Layer]) -> None:
    """Note which of the layers are weights that modules multiply themselves: their inputs are not rounded."""
    found = [layer for layer in layers if output_axis(layer.module) is None]
    if share := _share(model, found):
        names = listed(layer.parameter_name for layer in found)
        model.note(f"Only the weights of {names} are quantized ({share}), as their inputs cannot be seen.")


def note_where_stacks_are_rounded(model: CompressibleModel, stacks: Sequence[Layer]) -> None:
    """Note which products round the inputs of stacked weights: a module may multiply them in other ways."""
    if share := _share(model, stacks):
        names = listed(layer.parameter_name for layer in stacks)
        model.note(
            f"Inputs of {names} ({share}) are rounded where linear, matmul, mm, bmm, mv, addmm, baddbmm or "
            "einsum multiplies them; other functions take them unrounded."
        )


def _share(model: CompressibleModel, layers: Sequence[Layer]) -> str:
    """Return how much of the model layers hold, in words; empty if next to nothing."""
    numbers = sum(parameter.numel() for parameter in model.module.parameters())
    share = sum(layer.weight.numel() for layer in layers) / numbers
    return f"{percent(share, 0)} of the model" if share > NEGLIGIBLE else ""


def quantize_to_int8(model: CompressibleModel, layer: Layer) -> None:
    """Round a layer's weight to symmetric int8 with a scale for each output channel."""
    layout = Layout(Granularity.CHANNEL, layer.output_axis)
    put_on_grid(model, layer, fitted_grid(layer.weight.detach(), layout, bits=8, symmetric=True))
