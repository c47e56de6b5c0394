"""Head and feed-forward pruning: what has no effect goes first; the rest computes and loads exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.models import VisionTransformer

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.compression.structure.attention import head_blocks
from core.compression.structure.feed_forward import neuron_blocks
from core.compression.techniques import ffn_pruning, head_pruning
from core.data.dataset import Batch, Dataset, call
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.models.sources import tiny_transformer

assert all((ffn_pruning, head_pruning, tiny_transformer))

WORDS = torch.randint(3, 40, (6, 7), generator=torch.Generator().manual_seed(0))
FAMILIES: dict[str, dict[str, Any]] = {
    "bert": {"family": "bert"},
    "gpt2": {"family": "gpt2"},
    "llama": {"family": "llama"},
    "llama, 2 key-value heads": {"family": "llama", "key_value_heads": 2},
    "llama, 1 key-value head": {"family": "llama", "key_value_heads": 1},
    "t5": {"family": "t5"},
    "vit": {"family": "vit", "image_size": 8},
}
# The projection out of heads by family, where columns of zeros leave a head without effect.
OUT_OF_HEADS = {"bert": "attention.output.dense", "gpt2": "attn.c_proj", "t5": ".o"}


class Learning:
    """Squared distance of all outputs from a pattern."""

    def loss(self, module: nn.Module, batch: Batch) -> torch.Tensor:
        logits = call(module, batch.inputs)
        return functional.mse_loss(logits, torch.sin(torch.arange(logits.numel()).float()).view(logits.shape))


@dataclass(eq=False)
class Inputs(Dataset):
    """What a family reads."""

    inputs: Mapping[str, torch.Tensor]
    labels: torch.Tensor = field(default_factory=lambda: torch.zeros(6, dtype=torch.int64))
    class_names: tuple[str, ...] = ("a",)
    ids: tuple[str, ...] = tuple("abcdef")

    def batch(self, indices: torch.Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch({name: value[indices] for name, value in self.inputs.items()}, self.labels[indices])


def inputs_of(parameters: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    if parameters["family"] == "vit":
        return {"pixel_values": torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))}
    further = {"decoder_input_ids": WORDS} if parameters["family"] == "t5" else {}
    return {"input_ids": WORDS, **further}


def base_of(parameters: Mapping[str, Any]) -> CompressibleModel:
    small = {"width": 32, "vocabulary": " ".join(f"w{number}" for number in range(40))}
    return CompressibleModel.create("tiny-transformer", {**small, **parameters}, seed=1)


def context_of(parameters: Mapping[str, Any]) -> Context:
    return Context(seed=2, data=Inputs(inputs_of(parameters)), task=Learning())


def outputs(model: CompressibleModel, parameters: Mapping[str, Any]) -> torch.Tensor:
    with torch.no_grad():
        return call(model.module, inputs_of(parameters))


def numbers(model: CompressibleModel) -> int:
    return sum(parameter.numel() for parameter in model.module.parameters())


@pytest.mark.parametrize("technique", ["head-pruning", "ffn-pruning"])
@pytest.mark.parametrize("criterion", ["gradient", "magnitude"])
@pytest.mark.parametrize("family", FAMILIES)
def test_models_get_smaller_and_load_exactly(
    technique: str, criterion: str, family: str, tmp_path: Path
) -> None:
    parameters = FAMILIES[family]
    base = base_of(parameters)
    context = context_of(parameters)
    result = apply_step(technique, {"criterion": criterion}, LayerRules(), base, context)
    assert numbers(result) < 0.95 * numbers(base)
    save(result, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert torch.equal(outputs(loaded, parameters), outputs(result, parameters))
    again = apply_step(technique, {"criterion": criterion, "ratio": 0.3}, LayerRules(), loaded, context)
    if technique == "ffn-pruning":
        assert numbers(again) < numbers(loaded)


def heads_without_effect(base: CompressibleModel, family: str, heads: list[int], size: int) -> None:
    """Set what heads give to zero, in every layer."""
    for name, module in base.module.named_modules():
        if name.endswith(OUT_OF_HEADS.get(family.split(",", maxsplit=1)[0], "o_proj")):
            columns = [head * size + entry for head in heads for entry in range(size)]
            with torch.no_grad():
                if isinstance(module, nn.Linear):
                    module.weight[:, columns] = 0
                else:
                    module.weight[columns] = 0


@pytest.mark.parametrize("family", FAMILIES)
def test_heads_without_effect_go_first_and_change_nothing(family: str) -> None:
    parameters = FAMILIES[family]
    base = base_of(parameters)
    heads_without_effect(base, family, [2, 3] if "2 key" in family else [0, 2], 8)
    result = apply_step("head-pruning", {}, LayerRules(), base, context_of(parameters))
    assert numbers(result) < numbers(base)
    torch.testing.assert_close(outputs(result, parameters), outputs(base, parameters), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5", "vit"])
def test_neurons_without_effect_go_first_and_change_nothing(family: str) -> None:
    parameters = FAMILIES[family]
    base = base_of(parameters)
    for block in neuron_blocks(base.module):
        last = base.module.get_submodule(block.layers[-1])
        with torch.no_grad():
            if isinstance(last, nn.Linear):
                last.weight[:, ::2] = 0
            else:
                last.weight[::2] = 0
    result = apply_step("ffn-pruning", {}, LayerRules(), base, context_of(parameters))
    assert numbers(result) < numbers(base)
    torch.testing.assert_close(outputs(result, parameters), outputs(base, parameters), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("technique", ["head-pruning", "ffn-pruning"])
@pytest.mark.parametrize("family", ["gpt2", "llama, 2 key-value heads", "t5"])
def test_pruned_models_still_write(technique: str, family: str) -> None:
    parameters = FAMILIES[family]
    result = apply_step(technique, {}, LayerRules(), base_of(parameters), context_of(parameters))
    one_by_one = result.module.generate(WORDS, max_new_tokens=4, do_sample=False, use_cache=True)  # type: ignore[operator]
    whole = result.module.generate(WORDS, max_new_tokens=4, do_sample=False, use_cache=False)  # type: ignore[operator]
    assert torch.equal(one_by_one, whole)


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_tied_weights_stay_tied(family: str, tmp_path: Path) -> None:
    parameters = FAMILIES[family]
    result = apply_step("head-pruning", {}, LayerRules(), base_of(parameters), context_of(parameters))
    save(result, tmp_path / "model")
    for model in (result, load(tmp_path / "model")):
        embedding = model.module.get_input_embeddings()  # type: ignore[operator]
        assert embedding.weight is model.module.get_output_embeddings().weight  # type: ignore[operator]


def test_rules_leave_layers_out_and_give_others_their_own_share() -> None:
    parameters = {**FAMILIES["gpt2"], "layers": 3}
    rules = LayerRules(exclude=(r"h\.1\.",), overrides=((r"h\.2\.", {"ratio": 0.75}),))
    result = apply_step("ffn-pruning", {}, rules, base_of(parameters), context_of(parameters))
    assert [block.units for block in neuron_blocks(result.module)] == [64, 128, 32]


def test_heads_that_share_a_position_bias_go_together() -> None:
    base = base_of(FAMILIES["t5"])
    names = [block.name for block in head_blocks(base.module)]
    assert len(names) == 3  # encoder, decoder, and from decoder to encoder
    rules = LayerRules(exclude=(r"encoder\.block\.1\.layer\.0",))
    result = apply_step("head-pruning", {}, rules, base, context_of(FAMILIES["t5"]))
    units = {block.name: block.units for block in head_blocks(result.module)}
    assert sorted(units.values()) == [2, 2, 4]
    assert units[names[0]] == 4


@pytest.mark.parametrize(
    ("technique", "parameters", "rules", "sentence"),
    [
        ("head-pruning", {"heads": 1}, LayerRules(), "less than one of the attention heads .* has 1"),
        ("head-pruning", {}, LayerRules(exclude=("c_attn",)), "layer rules leave out a part"),
        ("ffn-pruning", {}, LayerRules(exclude=("c_fc",)), "layer rules leave out a part"),
    ],
    ids=["one head", "heads left out", "neurons left out"],
)
def test_what_cannot_be_removed_is_named(
    technique: str, parameters: dict[str, Any], rules: LayerRules, sentence: str
) -> None:
    base = base_of({"family": "gpt2", **parameters})
    with pytest.raises(UnusableInput, match=sentence):
        apply_step(technique, {}, rules, base, context_of(FAMILIES["gpt2"]))


def test_models_without_heads_or_neurons_say_so() -> None:
    model = CompressibleModel(nn.Sequential(nn.Linear(4, 4)), Architecture("none", {}))
    for technique in ("head-pruning", "ffn-pruning"):
        with pytest.raises(UnusableInput, match="the model has none"):
            apply_step(technique, {"criterion": "magnitude"}, LayerRules(), model, Context())


def test_torchvision_transformers_lose_neurons_but_no_heads() -> None:
    torch.manual_seed(0)
    module = VisionTransformer(8, 4, 2, 2, 16, 32, num_classes=3).eval()
    model = CompressibleModel(module, Architecture("none", {}))
    assert head_blocks(module) == []
    result = apply_step("ffn-pruning", {"criterion": "magnitude"}, LayerRules(), model, Context())
    assert [block.units for block in neuron_blocks(result.module)] == [16, 16]
    assert result.module(torch.rand(2, 3, 8, 8)).shape == (2, 3)
