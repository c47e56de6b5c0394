"""Cutting tensors down to slices."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.compression.encoding.encodings import Palette
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
