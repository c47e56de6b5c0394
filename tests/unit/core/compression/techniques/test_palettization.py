"""Palettization: as many values as asked for, nearest ones, zeros kept."""

from __future__ import annotations

import pytest
import torch

from core.compression.techniques.palettization import palettized


@pytest.mark.parametrize("bits", range(1, 9))
def test_the_palette_has_as_many_values_as_the_bits_allow(bits: int) -> None:
    palette, weight = palettized(torch.randn(40, 50), bits)
    assert len(palette.codebook) == 2**bits
    assert len(weight.unique()) == 2**bits


@pytest.mark.parametrize("bits", range(1, 9))
def test_pruned_weights_stay_zero_and_zero_counts_as_a_value(bits: int) -> None:
    weight = torch.randn(40, 50).masked_fill(torch.rand(40, 50) < 0.5, 0)
    palette, drawn = palettized(weight, bits)
    assert torch.equal(drawn == 0, weight == 0)
    assert len(palette.codebook) <= max(3, 2**bits)


def test_every_weight_gets_the_nearest_value() -> None:
    weight = torch.randn(30, 30)
    palette, drawn = palettized(weight, 3)
    nearest = (weight[..., None] - palette.codebook).abs().amin(dim=-1)
    torch.testing.assert_close((weight - drawn).abs(), nearest)


def test_a_weight_of_zeros_only_stays_so() -> None:
    palette, drawn = palettized(torch.zeros(4, 4), 4)
    assert drawn.abs().sum() == 0
    assert palette.codebook.tolist() == [0.0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_values_are_kept_in_the_type_of_the_weights(dtype: torch.dtype) -> None:
    palette, drawn = palettized(torch.randn(40, 50).to(dtype), 4)
    assert drawn.dtype == palette.codebook.dtype == dtype
    assert torch.equal(palette.project(drawn), drawn)
