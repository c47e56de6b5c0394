"""Weight-only quantization: values on the grid, errors within half a step, zero exact."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from core.compression.base import Context, apply_step
from core.compression.encoding.encodings import Granularity, Grid, Layout
from core.compression.model import CompressibleModel
from core.compression.quantization.grids import fitted_grid
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.models.base import Architecture


def quantized(module: nn.Module, **parameters: object) -> CompressibleModel:
    model = CompressibleModel(module, Architecture("none", {}))
    return apply_step("weight-only-quantization", parameters, LayerRules(), model, Context())


def weight_of(model: CompressibleModel) -> torch.Tensor:
    return model.module.get_parameter("0.weight").detach()


def error(module: nn.Sequential, **parameters: object) -> float:
    before = module.get_parameter("0.weight").detach()
    return float((weight_of(quantized(module, **parameters)) - before).square().sum())


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
@pytest.mark.parametrize("granularity", ["tensor", "channel", "group"])
def test_every_weight_is_within_half_a_step(bits: int, scheme: str, granularity: str) -> None:
    module = nn.Sequential(nn.Linear(37, 12))
    result = quantized(module, bits=bits, scheme=scheme, granularity=granularity, group_size=16)
    before, after = module[0].weight.detach(), weight_of(result)
    grid = result.encodings["0.weight"]
    assert isinstance(grid, Grid)
    steps = grid.layout.blocks(after - before).abs() / grid.scale
    # Rounding zero to the grid moves the ends of an asymmetric range by up to half a step more.
    assert float(steps.max()) <= (0.5 if scheme == "symmetric" else 1.0) + 1e-4


@pytest.mark.parametrize(("granularity", "most"), [("tensor", 15), ("channel", 15)])
def test_there_are_no_more_values_than_the_bits_allow(granularity: str, most: int) -> None:
    result = quantized(nn.Sequential(nn.Linear(64, 8)), bits=4, granularity=granularity)
    rows = [weight_of(result)] if granularity == "tensor" else weight_of(result)
    assert max(len(row.unique()) for row in rows) <= most


def test_channels_of_conv1d_are_its_columns() -> None:
    result = quantized(nn.Sequential(Conv1D(6, 50)), bits=3, granularity="channel")
    assert max(len(column.unique()) for column in weight_of(result).T) <= 7
    assert len(weight_of(result).unique()) > 7


def test_finer_granularity_has_less_error() -> None:
    module = nn.Sequential(nn.Linear(64, 32))
    with torch.no_grad():
        module[0].weight.mul_(torch.logspace(-2, 0, 32)[:, None])
        module[0].weight[:, :8] *= 5
    errors = [
        error(module, bits=4, granularity=granularity, group_size=8)
        for granularity in ("tensor", "channel", "group")
    ]
    assert errors[0] > errors[1] > errors[2]


def test_an_asymmetric_grid_serves_one_sided_weights_better() -> None:
    module = nn.Sequential(nn.Linear(64, 32))
    with torch.no_grad():
        module[0].weight.abs_()
    assert error(module, bits=3, scheme="asymmetric") < 0.5 * error(module, bits=3, scheme="symmetric")


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_block_of_zeros_stays_zero(symmetric: bool) -> None:
    grid = fitted_grid(torch.zeros(4, 8), Layout(Granularity.CHANNEL), bits=4, symmetric=symmetric)
    assert grid.project(torch.zeros(4, 8)).abs().sum() == 0


def test_the_encoding_describes_the_weights() -> None:
    result = quantized(nn.Sequential(nn.Linear(20, 10)), bits=5)
    encoding = result.encodings["0.weight"]
    assert torch.equal(encoding.project(weight_of(result)), weight_of(result))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"bits": 1}, "bits is 1"),
        ({"bits": 9}, "bits is 9"),
        ({"bits": 2.5}, "bits is 2.5"),
        ({"granularity": "rows"}, "granularity is 'rows'"),
        ({"bit": 4}, "no parameter named 'bit'"),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        quantized(nn.Sequential(nn.Linear(4, 4)), **parameters)
