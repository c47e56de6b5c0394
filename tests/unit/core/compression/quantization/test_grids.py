"""Grids of integers: the scales, zeros and codes that torchao finds, and the one place where ours differ."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchao.quantization import Int8Tensor, PerRow
from torchao.quantization.quant_primitives import (
    MappingType,
    choose_qparams_affine,
    dequantize_affine,
    quantize_affine,
)

from core.compression.activation_quantization.activations import StaticQuantizer
from core.compression.encoding.encodings import Granularity, Grid, Layout
from core.compression.quantization.grids import fitted_grid

BLOCKS = {"tensor": (12, 24), "channel": (1, 24), "group": (1, 8)}


def weights(seed: int) -> Tensor:
    """Rows of very different sizes, some of one sign, one of zeros."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(12, 24, generator=generator) * torch.logspace(-3, 1, 12)[:, None]
    weight[3].abs_()
    weight[4].abs_().neg_()
    weight[5] = 0
    return weight


@given(
    seed=st.integers(0, 999),
    bits=st.integers(2, 8),
    granularity=st.sampled_from(sorted(BLOCKS)),
    symmetric=st.booleans(),
)
def test_every_kind_of_grid_is_torchaos(seed: int, bits: int, granularity: str, symmetric: bool) -> None:
    weight, block = weights(seed), BLOCKS[granularity]
    grid = fitted_grid(weight, Layout(Granularity(granularity), 0, 8), bits=bits, symmetric=symmetric)
    most = 2 ** (bits - 1) - 1 if symmetric else 2**bits - 1
    bounds = {"quant_min": -most if symmetric else 0, "quant_max": most}
    kind = MappingType.SYMMETRIC_NO_CLIPPING_ERR if symmetric else MappingType.ASYMMETRIC
    number = torch.int8 if symmetric else torch.uint8
    scale, zero = choose_qparams_affine(
        weight,
        kind,
        block,
        number,
        **bounds,
        eps=torch.finfo(torch.float32).tiny,
        zero_point_dtype=torch.int32,
    )
    torch.testing.assert_close(grid.scale.flatten(), scale.flatten(), rtol=1e-6, atol=0)
    shift = 2 ** (bits - 1) if symmetric else 0
    assert (grid.zero.flatten().int() - shift).tolist() == zero.flatten().tolist()
    codes = quantize_affine(weight, block, scale, zero, number, **bounds)
    # The last bit of a scale may decide what is exactly between two codes.
    ours = grid.encode(weight).int() - shift
    assert int((ours - codes.int()).abs().max()) <= 1
    assert float((ours != codes).float().mean()) <= 0.01
    decoded = dequantize_affine(codes, block, scale, zero, number, **bounds)
    same = ours == codes
    torch.testing.assert_close(grid.project(weight)[same], decoded[same], rtol=1e-5, atol=1e-12)


def rows(weight: Tensor) -> Grid:
    return fitted_grid(weight, Layout(Granularity.CHANNEL), bits=8, symmetric=True)


def test_codes_of_int8_rows_are_those_of_torchaos_tensor_with_our_scales() -> None:
    weight = weights(0)
    grid = rows(weight)
    theirs = Int8Tensor.from_hp(weight, PerRow(), scale=grid.scale)
    assert torch.equal(theirs.qdata.int(), grid.encode(weight).int() - 128)
    torch.testing.assert_close(theirs.dequantize(), grid.project(weight), rtol=0, atol=0)


def test_our_int8_rows_cut_nothing_off_where_torchaos_own_scales_do() -> None:
    """torchao divides by 127.5, so that the largest weight would be code 127.5 and loses half a step.

    Ours divide by 127: steps are 0.4 % wider, but the largest weights, which matter most, are exact.
    """
    weight = torch.tensor([[1.0, 0.5, -0.25, 0.1]])
    theirs = Int8Tensor.from_hp(weight, PerRow())
    grid = rows(weight)
    assert float(theirs.scale) == pytest.approx(1 / 127.5)
    assert float(grid.scale) == pytest.approx(1 / 127)
    assert float(grid.project(weight)[0, 0]) == pytest.approx(1.0, abs=1e-7)
    assert float(theirs.dequantize()[0, 0]) == pytest.approx(127 / 127.5)


@given(seed=st.integers(0, 999))
def test_no_weight_is_further_than_half_a_step_from_its_int8_code(seed: int) -> None:
    weight = weights(seed)
    grid = rows(weight)
    assert bool(((grid.project(weight) - weight).abs() <= grid.scale * 0.50001).all())


@given(low=st.floats(-100, 100), width=st.floats(0.001, 100))
def test_ranges_of_activations_become_torchaos_scale_and_zero(low: float, width: float) -> None:
    quantizer = StaticQuantizer()
    quantizer.fit(low, low + width)
    scale, zero = choose_qparams_affine(
        torch.tensor([[low, low + width]]),
        MappingType.ASYMMETRIC,
        (1, 2),
        torch.uint8,
        eps=torch.finfo(torch.float32).tiny,
        zero_point_dtype=torch.int32,
    )
    assert float(quantizer.scale) == pytest.approx(float(scale), rel=1e-6)
    exact = -min(low, 0.0) / float(scale)
    if abs(exact % 1 - 0.5) > 1e-3:  # else the last bit decides
        assert int(quantizer.zero) == int(zero)
