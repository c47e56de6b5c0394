"""Stored forms: the smallest one is chosen, and it gives back the same bits."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core.compression.encoding.encodings import Encoding, Granularity, Grid, Layout
from core.compression.encoding.storage import restore, same_bits, store
from core.compression.quantization.grids import fitted_grid
from core.compression.techniques.palettization import palettized


def pruned(sparsity: float, shape: tuple[int, ...] = (16, 40)) -> Tensor:
    weight = torch.randn(shape)
    return weight.masked_fill(torch.rand(shape) < sparsity, 0)


def quantized(
    weight: Tensor, bits: int, granularity: Granularity = Granularity.CHANNEL
) -> tuple[Grid, Tensor]:
    grid = fitted_grid(weight, Layout(granularity, 0, 8), bits=bits, symmetric=False)
    return grid, grid.project(weight)


def check(weight: Tensor, encoding: Encoding | None) -> str:
    stored = store(weight, encoding)
    assert same_bits(restore(stored.fields, stored.parts), weight)
    payload = sum(part.numel() * part.itemsize for part in stored.parts.values())
    assert stored.theoretical_bits / 8 <= payload <= stored.theoretical_bits / 8 + 2
    return stored.form


def test_full_weights_are_stored_densely() -> None:
    assert check(torch.randn(8, 8), None) == "dense"


def test_pruned_weights_are_stored_sparsely() -> None:
    assert check(pruned(0.8), None) == "sparse"


def test_a_mask_that_does_not_pay_is_left_out() -> None:
    weight = torch.randn(8, 100)
    weight[0, 0] = 0
    assert check(weight, None) == "dense"


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("granularity", list(Granularity))
def test_grids_are_stored_packed(bits: int, granularity: Granularity) -> None:
    grid, weight = quantized(torch.randn(16, 40) + 0.05, bits, granularity)
    assert check(weight, grid).endswith("grid")


@pytest.mark.parametrize("bits", range(1, 9))
def test_palettes_are_stored_packed(bits: int) -> None:
    palette, weight = palettized(torch.randn(32, 65), bits)
    assert check(weight, palette) == "palette"


def test_a_pruned_grid_is_stored_with_a_mask() -> None:
    grid, weight = quantized(pruned(0.9), 8)
    assert check(weight, grid) == "sparse-grid"


def test_a_pruned_palette_is_stored_with_a_mask() -> None:
    palette, weight = palettized(pruned(0.9), 4)
    assert check(weight, palette) == "sparse-palette"


def test_weights_that_left_their_grid_are_stored_densely() -> None:
    grid, weight = quantized(torch.randn(16, 40), 4)
    weight[3, 3] += 1e-3
    assert check(weight, grid) in {"dense", "sparse"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_every_float_type_comes_back(dtype: torch.dtype) -> None:
    assert check(pruned(0.7).to(dtype), None) == "sparse"


def test_odd_values_come_back() -> None:
    weight = pruned(0.9)
    weight[0, :4] = torch.tensor([float("nan"), float("inf"), -0.0, 1e-45])
    check(weight, None)


@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 19)),
    bits=st.integers(2, 8),
    sparsity=st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    palette=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_every_size_comes_back(
    shape: tuple[int, int], bits: int, sparsity: float, palette: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    weight = pruned(sparsity, shape)
    encoding, drawn = palettized(weight, bits) if palette else quantized(weight, bits)
    check(drawn, encoding)


def test_integers_and_vectors_that_no_step_touched_are_left_alone() -> None:
    assert check(torch.zeros(100, dtype=torch.int64), None) == "dense"
    assert check(torch.zeros(100), None) == "dense"
