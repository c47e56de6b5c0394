"""Encodings: the layout's inverse, and projecting twice is projecting once."""

from __future__ import annotations

import pytest
import torch

from core.compression.encoding.encodings import Granularity, Grid, Layout, Palette
from core.compression.encoding.storage import same_bits

LAYOUTS = [
    pytest.param(Layout(Granularity.TENSOR), id="tensor"),
    pytest.param(Layout(Granularity.CHANNEL), id="channel"),
    pytest.param(Layout(Granularity.CHANNEL, axis=1), id="channel of the second axis"),
    pytest.param(Layout(Granularity.GROUP, group=8), id="groups"),
    pytest.param(Layout(Granularity.GROUP, axis=1, group=5), id="groups of the second axis"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(6, 10), (4, 3, 3, 3), (5, 7, 1)])
def test_a_layout_puts_every_weight_back(layout: Layout, shape: tuple[int, ...]) -> None:
    weight = torch.randn(shape)
    assert torch.equal(layout.weight(layout.blocks(weight), weight.shape), weight)


def test_a_channel_layout_has_one_block_per_output() -> None:
    weight = torch.arange(12.0).reshape(3, 4)
    assert Layout(Granularity.CHANNEL).blocks(weight).tolist() == weight.tolist()
    assert Layout(Granularity.CHANNEL, axis=1).blocks(weight).tolist() == weight.T.tolist()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("bits", range(2, 9))
def test_projecting_on_a_grid_twice_changes_nothing(bits: int, dtype: torch.dtype) -> None:
    weight = torch.randn(16, 33).to(dtype)
    scale = weight.float().abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
    zero = torch.full(scale.shape, 2 ** (bits - 1), dtype=torch.uint8)
    grid = Grid(bits, Layout(Granularity.CHANNEL), scale, zero)
    once = grid.project(weight)
    assert once.dtype == dtype
    assert same_bits(grid.project(once), once)


def test_grid_values_are_multiples_of_the_scale() -> None:
    grid = Grid(3, Layout(Granularity.TENSOR), torch.tensor([[0.5]]), torch.tensor([[4]], dtype=torch.uint8))
    assert grid.project(torch.tensor([[0.6, -0.6, 9.0, -9.0, 0.1]])).tolist() == [[0.5, -0.5, 1.5, -2.0, 0.0]]


def test_a_palette_needs_as_many_bits_as_it_has_values() -> None:
    assert [Palette(torch.arange(float(count))).bits for count in (1, 2, 3, 4, 5, 256)] == [1, 1, 2, 2, 3, 8]


def test_palette_values_are_the_nearest() -> None:
    palette = Palette(torch.tensor([-1.0, 0.0, 2.0]))
    assert palette.project(torch.tensor([[-3.0, -0.4, 0.9, 1.1]])).tolist() == [[-1.0, 0.0, 0.0, 2.0]]
