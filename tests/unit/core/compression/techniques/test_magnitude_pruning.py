"""Magnitude pruning: exactly the share asked for, the same weights as torch.nn.utils.prune takes."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune

from core.compression.base import Context, apply_step
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.techniques import magnitude_pruning
from core.domain.technique import LayerRules
from core.errors import InvalidInput, UnusableInput
from core.models.base import Architecture

ARCHITECTURE = Architecture("none", {})
assert magnitude_pruning


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Linear(7, 9), nn.Linear(9, 11))


def pruned(module: nn.Module, rules: LayerRules = LayerRules(), **parameters: object) -> list[torch.Tensor]:  # noqa: B008
    model = CompressibleModel(module, ARCHITECTURE)
    result = apply_step("magnitude-pruning", parameters, rules, model, Context())
    return [layer.weight.detach() for layer in compressible_layers(result.module)]


def zeros(weights: list[torch.Tensor]) -> list[int]:
    return [int((weight == 0).sum()) for weight in weights]


@given(sparsity=st.floats(0, 0.999), seed=st.integers(0, 100), decimals=st.sampled_from([1, 2, 8]))
def test_exactly_the_share_asked_for_is_zero(sparsity: float, seed: int, decimals: int) -> None:
    module = network(seed)
    with torch.no_grad():
        for layer in compressible_layers(module):
            layer.weight.copy_(layer.weight.round(decimals=decimals))  # many ties
    weights = pruned(module, sparsity=sparsity)
    total = sum(weight.numel() for weight in weights)
    already = sum(zeros([layer.weight for layer in compressible_layers(module)]))
    assert sum(zeros(weights)) == max(round(sparsity * total), already)


@pytest.mark.parametrize("sparsity", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("scope", ["global", "layer"])
def test_the_same_weights_as_torch_takes(scope: str, sparsity: float) -> None:
    module = network()
    weights = pruned(module, sparsity=sparsity, scope=scope)
    reference = copy.deepcopy(module)
    chosen = [(layer.module, "weight") for layer in compressible_layers(reference)]
    if scope == "global":
        prune.global_unstructured(chosen, pruning_method=prune.L1Unstructured, amount=sparsity)
    else:
        for owner, name in chosen:
            prune.l1_unstructured(owner, name, amount=sparsity)
    for (owner, _), weight in zip(chosen, weights, strict=True):
        assert torch.equal(owner.weight, weight)


def test_zeros_are_plain_zeros() -> None:
    for weight in pruned(network(), sparsity=0.9):
        assert not bool(torch.signbit(weight[weight == 0]).any())


def test_excluded_layers_stay_whole() -> None:
    weights = pruned(network(), LayerRules(exclude=("^2$",)), sparsity=0.5)
    assert zeros(weights)[1] == 0
    assert zeros(weights)[0] + zeros(weights)[2] == round(0.5 * (135 + 99))


def test_an_overridden_layer_competes_with_itself_only() -> None:
    rules = LayerRules(overrides=(("^3$", {"sparsity": 0.25}),))
    weights = pruned(network(), rules, sparsity=0.8)
    assert zeros(weights)[2] == round(0.25 * 99)
    assert zeros(weights)[0] + zeros(weights)[1] == round(0.8 * (135 + 63))


def test_all_problems_are_reported_at_once() -> None:
    rules = LayerRules(include=("nothing", "("), overrides=(("3", {"sparsity": 2.0}),))
    with pytest.raises(InvalidInput) as caught:
        pruned(network(), rules, sparsity=0.5)
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, 1.5, float("nan"), "much"])
def test_shares_that_make_no_sense_are_refused(sparsity: object) -> None:
    with pytest.raises(InvalidInput, match="sparsity is"):
        pruned(network(), sparsity=sparsity)


def test_rules_that_leave_no_weight_are_refused() -> None:
    with pytest.raises(UnusableInput, match="finds no layer"):
        pruned(network(), LayerRules(include=("^1$",)), sparsity=0.5)
