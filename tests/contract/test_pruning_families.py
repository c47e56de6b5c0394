"""Pruning and recovery on every family of networks: outputs, ties, files, or a sentence why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.compression.base import Ancestor, Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.registry import discover
from core.testing.contracts.families import (
    FAMILIES,
    TRANSFORMERS,
    Examples,
    LastLogits,
    outputs,
    small_model,
    small_networks,
)

discover("core.compression.techniques")
discover("core.models.sources")

PRUNING = {
    "magnitude": ("magnitude-pruning", {}),
    "gradient": ("gradient-pruning", {"samples": 16}),
    "random": ("random-pruning", {}),
    "wanda": ("wanda-pruning", {"samples": 16}),
    "2:4": ("n-m-pruning", {}),
    "gradual": ("gradual-pruning", {"rounds": 2, "learning_rate": 1e-4}),
}
STRUCTURED = {
    "channels": ("channel-pruning", {}),
    "heads": ("head-pruning", {"samples": 16}),
    "neurons": ("ffn-pruning", {"samples": 16}),
}
RECOVERY = {
    "restore": ("restore-layers", {}),
    "retrain": ("retrain-layers", {"epochs": 1, "start": "fresh", "learning_rate": 1e-4}),
    "bias": ("bias-correction", {"samples": 16}),
}
WITHOUT_BIAS = ("llama", "t5")
CONVOLUTIONAL = ("resnet", "mobilenet-v2", "mobilenet-v3", "vgg", "efficientnet")
# What cannot be done, and the sentence that says so.
IMPOSSIBLE = {
    ("vit-of-torchvision", "channels"): "SeparateAttention mixes its channels",
    ("vit", "channels"): "ViTAttention mixes its channels",
    **{(family, "channels"): "reads text" for family in TRANSFORMERS if family != "vit"},
    **{(family, "heads"): "no attention heads to remove" for family in CONVOLUTIONAL},
    **{(family, "neurons"): "no feed-forward neurons to remove" for family in CONVOLUTIONAL},
}


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    with small_networks():
        yield


def context_of(family: str) -> Context:
    ancestors = (Ancestor("base", small_model(family).copy),)
    return Context(seed=1, data=Examples(family), task=LastLogits(), ancestors=ancestors)


def stored(model: CompressibleModel, family: str, path: Path) -> CompressibleModel:
    """The model out of a file, after checking that it computes the same and shares the same weights."""
    save(model, path)
    again = load(path)
    assert torch.equal(outputs(again, family), outputs(model, family))
    assert bool(outputs(again, family).isfinite().all())
    ties = canonical_names(small_model(family).module)
    assert canonical_names(model.module) == canonical_names(again.module) == ties
    return again


def numbers(model: CompressibleModel) -> int:
    return sum(parameter.numel() for parameter in model.module.parameters())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", PRUNING)
def test_half_of_the_weights_are_zero_in_the_file(family: str, step: str, tmp_path: Path) -> None:
    technique, parameters = PRUNING[step]
    model, context = small_model(family), context_of(family)
    result = apply_step(technique, parameters, LayerRules(), model, context)
    again = stored(result, family, tmp_path / "model")
    weights = [layer.weight for layer in compressible_layers(again.module)]
    share = sum(int((weight == 0).sum()) for weight in weights) / sum(weight.numel() for weight in weights)
    if step in {"wanda", "2:4"}:  # embeddings and groups that are not full
        assert 0.15 < share < 0.505  # of some, the padding's row is zero anyway
    else:
        assert share == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", STRUCTURED)
def test_structure_goes_for_real_or_a_sentence_says_why_not(family: str, step: str, tmp_path: Path) -> None:
    technique, parameters = STRUCTURED[step]
    model, context = small_model(family), context_of(family)
    if (family, step) in IMPOSSIBLE:
        with pytest.raises(UnusableInput, match=IMPOSSIBLE[family, step]):
            apply_step(technique, parameters, LayerRules(), model, context)
        return
    result = apply_step(technique, parameters, LayerRules(), model, context)
    assert numbers(result) < 0.95 * numbers(model)
    stored(result, family, tmp_path / "model")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", RECOVERY)
def test_recovery_keeps_the_structure(family: str, step: str, tmp_path: Path) -> None:
    technique, parameters = RECOVERY[step]
    context = context_of(family)
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.7}, LayerRules(), small_model(family), context)
    if family in WITHOUT_BIAS and step == "bias":
        with pytest.raises(UnusableInput, match="No touched layer has a bias"):
            apply_step(technique, parameters, LayerRules(), pruned, context)
        return
    result = apply_step(technique, parameters, LayerRules(), pruned, context)
    again = stored(result, family, tmp_path / "model")
    assert numbers(again) == numbers(pruned)
    if step == "restore":
        assert torch.equal(outputs(again, family), outputs(small_model(family), family))
