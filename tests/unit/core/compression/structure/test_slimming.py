"""Cutting tensors down to slices."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.compression.encoding.encodings import Granularity, Grid, GroupedPalette, Layout, Palette
from core.compression.model import CompressibleModel
from core.compression.structure.slimming import SLIM, arguments, read, written
from core.models.base import Architecture


@given(st.sets(st.integers(0, 60), min_size=1))
def test_indices_are_read_as_they_were_written(indices: set[int]) -> None:
    assert read(written(sorted(indices))) == sorted(indices)


@pytest.mark.parametrize(("indices", "text"), [([0, 1, 2, 3, 7], "0-3,7"), ([5], "5"), ([1, 3, 4], "1,3-4")])
def test_neighbours_are_written_as_ranges(indices: list[int], text: str) -> None:
    assert written(indices) == text


def test_slices_values_sizes_and_frozen_parameters_are_kept() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))
    module[0].weight.requires_grad_(False)
    weight, variance = module[0].weight.clone(), module[1].running_var.clone()
    model = CompressibleModel(module, Architecture("none", {}))
    model.edit(
        SLIM,
        arguments(
            {"0.weight": {0: [1, 4, 5], 1: [0, 2]}, "1.running_var": {0: [1, 4, 5]}},
            {"0": {"out_features": 3, "in_features": 2}},
        ),
    )
    assert torch.equal(module[0].weight, weight[[1, 4, 5]][:, [0, 2]])
    assert torch.equal(module[1].running_var, variance[[1, 4, 5]])
    assert not module[0].weight.requires_grad
    assert module[0].out_features == 3


def test_tied_weights_are_cut_once_and_stay_tied() -> None:
    module = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 5, bias=False))
    module[1].weight = module[0].weight
    palette = Palette(torch.tensor([0.0, 1.0]))
    model = CompressibleModel(module, Architecture("none", {}), {"0.weight": palette})
    kept = {1: [0, 3]}
    model.edit(SLIM, arguments({"0.weight": kept, "1.weight": kept}, {}))
    assert module[0].weight is module[1].weight
    assert module[0].weight.shape == (5, 2)
    assert model.encodings == {"0.weight": palette}


def test_scales_stay_with_the_channels_that_are_left() -> None:
    scale, zero = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([[3], [4], [5]], dtype=torch.uint8)
    weight = torch.tensor([[1.0, 2.0, 0.0], [2.0, 0.0, 4.0], [4.0, 8.0, -4.0]])
    module = nn.Sequential(nn.Linear(3, 3, bias=False))
    module[0].weight = nn.Parameter(weight)
    grid = Grid(4, Layout(Granularity.CHANNEL), scale, zero)
    model = CompressibleModel(module, Architecture("none", {}), {"0.weight": grid})
    model.edit(SLIM, arguments({"0.weight": {0: [0, 2], 1: [1, 2]}}, {}))
    left = model.encodings["0.weight"]
    assert isinstance(left, Grid)
    assert (left.scale.tolist(), left.zero.tolist()) == ([[1.0], [4.0]], [[3], [5]])
    assert left.project(module[0].weight).tolist() == [[2.0, 0.0], [8.0, -4.0]]


@pytest.mark.parametrize(
    ("kept", "left"), [([0, 1], [0]), ([2, 3], [1]), ([0, 2], None), ([0, 1, 3], [0, 1])]
)
def test_palettes_stay_with_whole_groups_only(kept: list[int], left: list[int] | None) -> None:
    palettes = (Palette(torch.tensor([0.0, 1.0])), Palette(torch.tensor([2.0, 3.0])))
    module = nn.Sequential(nn.Linear(3, 4, bias=False))
    encodings = {"0.weight": GroupedPalette(palettes, 2, 0)}
    model = CompressibleModel(module, Architecture("none", {}), dict(encodings))
    model.edit(SLIM, arguments({"0.weight": {0: kept}}, {}))
    found = model.encodings.get("0.weight")
    expected = None if left is None else tuple(palettes[group] for group in left)
    assert (found.palettes if isinstance(found, GroupedPalette) else None) == expected


def test_scales_of_groups_of_inputs_are_forgotten() -> None:
    grid = Grid(4, Layout(Granularity.GROUP, group=2), torch.ones(4, 1), torch.zeros(4, 1, dtype=torch.uint8))
    model = CompressibleModel(nn.Sequential(nn.Linear(4, 2)), Architecture("none", {}), {"0.weight": grid})
    model.edit(SLIM, arguments({"0.weight": {1: [0, 2, 3]}}, {}))
    assert model.encodings == {}
