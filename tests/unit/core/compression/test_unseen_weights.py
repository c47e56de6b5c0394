"""Weights beside the usual layers: recurrent ones, joint projections, and those that no step can judge."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.compression.base import Context, apply_step
from core.compression.layers import matrices
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import raw_weights
from core.data.dataset import Batch, Dataset
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.registry import discover

discover("core.compression.techniques")
discover("core.models.sources")

EXPERTS, WIDTH = 4, 8


class Tokens(Dataset):
    """Random vectors."""

    def __init__(self) -> None:
        self._values = torch.randn(64, WIDTH, generator=torch.Generator().manual_seed(1))
        self.labels = torch.zeros(64, dtype=torch.int64)
        self.class_names, self.ids = ("a", "b"), tuple(map(str, range(64)))

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self._values[indices], self.labels[indices])


def model_of(module: nn.Module) -> CompressibleModel:
    return CompressibleModel(module.eval(), Architecture("none", {}))


class Distance:
    """A loss over the mixture's outputs."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return module(batch.inputs).square().mean()


class Reading(nn.Module):
    """A recurrent layer and torch's attention in one piece."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = nn.LSTM(WIDTH, 16, batch_first=True, bidirectional=True)
        self.looks = nn.MultiheadAttention(32, 4, batch_first=True)
        self.head = nn.Linear(32, 2)

    def forward(self, values: Tensor) -> Tensor:
        hidden = self.reads(values.unflatten(0, (-1, 4)))[0]
        return self.head(self.looks(hidden, hidden, hidden, need_weights=False)[0].flatten(0, 1))


@pytest.mark.parametrize("parameters", [{"bits": 4}, {"bits": 4, "granularity": "group", "group_size": 8}])
def test_recurrent_layers_and_joint_projections_are_quantized_by_output(parameters: dict[str, Any]) -> None:
    torch.manual_seed(0)
    model = model_of(Reading())
    quantized = apply_step("weight-only-quantization", parameters, LayerRules(), model, Context())
    assert quantized.notes == ()
    names = {layer.parameter_name for layer in raw_weights(model.module)}
    assert names == {
        "looks.in_proj_weight",
        *(f"reads.weight_{way}_l0{end}" for way in ("ih", "hh") for end in ("", "_reverse")),
    }
    for name in names:
        weight = model.module.get_parameter(name).detach()
        alike = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        alike.weight.data.copy_(weight)
        of_linear = apply_step(
            "weight-only-quantization", parameters, LayerRules(), model_of(nn.Sequential(alike)), Context()
        )
        assert torch.equal(quantized.module.get_parameter(name), of_linear.module.get_parameter("0.weight"))


def test_wanda_leaves_what_it_cannot_see_and_tells_its_share() -> None:
    model = model_of(Reading())
    rules = LayerRules(exclude=("out_proj",))
    pruned = apply_step("wanda-pruning", {}, rules, model, Context(data=Tokens(), task=Distance()))
    weights = matrices(pruned.module)
    assert float((weights["head.weight"] == 0).float().mean()) == 0.5
    assert not bool((weights["reads.weight_ih_l0"] == 0).any())
    left = 2 * (64 * 8 + 64 * 16) + 96 * 32
    whole = sum(parameter.numel() for parameter in model.module.parameters())
    (note,) = [note for note in pruned.notes if note.startswith("Left as they are")]
    assert f"({left:,} weights, {left / whole * 100:.0f} % of the model)" in note


def test_rules_that_leave_only_unseen_weights_refuse_wanda() -> None:
    context = Context(data=Tokens(), task=Distance())
    with pytest.raises(UnusableInput, match="inputs"):
        apply_step("wanda-pruning", {}, LayerRules(include=("reads",)), model_of(Reading()), context)


class Positions(nn.Module):
    """Tensors that are added, and a router: neither is a stack of matrices."""

    def __init__(self) -> None:
        super().__init__()
        self.pos_embed = nn.Parameter(torch.randn(2, 9, WIDTH))
        self.cls_token = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.bias_table = nn.Parameter(torch.randn(2, 9, 9))
        self.router = nn.Parameter(torch.randn(EXPERTS, WIDTH))
        self.head = nn.Linear(WIDTH, 2)


def test_positions_and_routers_are_left_alone_and_told() -> None:
    model = model_of(Positions())
    assert raw_weights(model.module) == []
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.5}, LayerRules(), model, Context())
    assert pruned.notes[0].startswith("Left as they are: pos_embed, bias_table, router (338 weights, 93 %")
