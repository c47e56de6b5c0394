"""Which layers can be compressed, and which of them rules leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations
from transformers.pytorch_utils import Conv1D

from core.compression.base import Context, apply_step
from core.compression.edits import replay
from core.compression.layers import (
    compressible_layers,
    matrices,
    output_axis,
    parameterised_modules,
    rows,
)
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import left_over
from core.domain.technique import LayerRules
from core.models.attention import with_separate_attention
from core.models.base import Architecture
from core.registry import discover

discover("core.compression.techniques")


class Tied(nn.Module):
    """An embedding whose weight is the output layer's too, as in language models."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(10, 4)
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.tokens.weight


def names(module: nn.Module, **rules: tuple[str, ...]) -> list[str]:
    return [layer.name for layer in compressible_layers(module, LayerRules(**rules))]


NET = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Linear(4, 2))


def test_convolution_and_linear_layers_are_found_but_no_norms() -> None:
    assert names(NET) == ["0", "3"]


@pytest.mark.parametrize(
    ("module", "axis"),
    [
        pytest.param(nn.Conv1d(2, 3, 1), 0, id="Conv1d"),
        pytest.param(nn.Conv2d(2, 3, 1), 0, id="Conv2d"),
        pytest.param(nn.ConvTranspose2d(2, 3, 1), 1, id="ConvTranspose2d"),
        pytest.param(nn.Linear(2, 3), 0, id="Linear"),
        pytest.param(Conv1D(3, 2), 1, id="GPT-2 Conv1D"),
        pytest.param(nn.Embedding(3, 2), 0, id="Embedding"),
        pytest.param(nn.LayerNorm(3), None, id="LayerNorm"),
    ],
)
def test_output_channels_are_known(module: nn.Module, axis: int | None) -> None:
    assert output_axis(module) == axis
    if axis is not None:
        assert isinstance(module.weight, torch.Tensor)
        assert rows(module.weight, axis).shape[0] == 3


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param({"include": ("^0$",)}, ["0"], id="include"),
        pytest.param({"exclude": ("^0$",)}, ["3"], id="exclude"),
        pytest.param({"include": (".",), "exclude": ("0", "3")}, [], id="exclude wins"),
    ],
)
def test_rules_choose(rules: dict[str, tuple[str, ...]], expected: list[str]) -> None:
    assert names(NET, **rules) == expected


def test_a_tied_weight_is_one_layer_with_both_names() -> None:
    (layer,) = compressible_layers(Tied())
    assert layer.names == ("tokens", "head")
    assert layer.parameter_name == "tokens.weight"


def test_a_tied_weight_is_left_alone_if_either_name_is_excluded() -> None:
    assert names(Tied(), exclude=("head",)) == []
    assert names(Tied(), exclude=("tokens",)) == []
    assert names(Tied(), include=("head",)) == ["tokens"]


def test_rules_may_name_every_module_with_parameters() -> None:
    assert parameterised_modules(NET) == ["0", "1", "3"]


def attending() -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 8), nn.MultiheadAttention(8, 2, batch_first=True))


@pytest.mark.parametrize(
    ("module", "rules", "expected"),
    [
        pytest.param(attending(), LayerRules(), {"1.in_proj_weight": 192}, id="attention in one piece"),
        pytest.param(with_separate_attention(attending()), LayerRules(), {}, id="attention in pieces"),
        pytest.param(attending(), LayerRules(include=("^0$",)), {}, id="not asked for"),
        pytest.param(attending(), LayerRules(exclude=("^1",)), {}, id="excluded"),
        pytest.param(
            nn.LSTM(4, 4), LayerRules(), {"weight_ih_l0": 64, "weight_hh_l0": 64}, id="recurrent layer"
        ),
        pytest.param(nn.Sequential(NET, nn.BatchNorm2d(2)), LayerRules(), {}, id="norms are no matrices"),
        pytest.param(Tied(), LayerRules(), {}, id="shared"),
    ],
)
def test_matrices_that_no_layer_holds_are_known(
    module: nn.Module, rules: LayerRules, expected: dict[str, int]
) -> None:
    assert left_over(module, compressible_layers(module), rules) == expected


def test_few_weights_out_of_reach_are_not_worth_a_word() -> None:
    model = CompressibleModel(nn.ModuleList([nn.Linear(200, 200), nn.LSTM(4, 4)]), Architecture("none", {}))
    assert apply_step("dynamic-int8", {}, LayerRules(), model, Context()).notes == ()


@pytest.mark.parametrize(
    ("technique", "told"),
    [
        pytest.param(
            "low-rank",
            "Left as they are: 1.out_proj.weight, 1.in_proj_weight (256 weights, 71 % of the model), "
            "because two factors would not be smaller or cannot stand for them.",
            id="low-rank",
        ),
        pytest.param(
            "dynamic-int8",
            "Only the weights of 1.in_proj_weight are quantized (53 % of the model), "
            "as their inputs cannot be seen.",
            id="dynamic-int8",
        ),
    ],
)
def test_a_step_says_which_weights_it_cannot_reach(technique: str, told: str) -> None:
    """In attention of width 8: 192 of 360 numbers belong to the joint projection, 64 to the one behind it."""
    model = CompressibleModel(attending().eval(), Architecture("none", {}))
    result = apply_step(technique, {}, LayerRules(), model, Context())
    assert told in result.notes
    assert model.notes == ()


@pytest.mark.parametrize(
    "parametrized", [parametrizations.weight_norm, parametrizations.spectral_norm], ids=["weight", "spectral"]
)
def test_weights_under_a_parametrization_are_compressed(
    parametrized: Callable[[nn.Module], nn.Module],
) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(parametrized(nn.Conv2d(3, 8, 3)), nn.ReLU(), parametrized(nn.Conv2d(8, 8, 3)))
    model = CompressibleModel(module.eval(), Architecture("none", {}))
    images = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        before = model.module(images)
        untouched = apply_step("magnitude-pruning", {"sparsity": 0.0}, LayerRules(), model, Context())
        assert torch.equal(untouched.module(images), before)
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.75}, LayerRules(), model, Context())
    weights = list(matrices(pruned.module).values())
    assert sum(int((weight == 0).sum()) for weight in weights) == 594  # 3/4 of 216 + 576
    assert pruned.notes[0].startswith("The parametrization of 0, 2 was folded into plain weights")
    quantized = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), pruned, Context())
    assert quantized.encodings.keys() == {"0.weight", "2.weight"}
    rebuilt = nn.Sequential(parametrized(nn.Conv2d(3, 8, 3)), nn.ReLU(), parametrized(nn.Conv2d(8, 8, 3)))
    replay(rebuilt, quantized.edits)
    rebuilt.load_state_dict(quantized.module.state_dict())
