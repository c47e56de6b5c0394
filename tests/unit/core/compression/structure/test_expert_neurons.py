"""Neurons of experts in one tensor: those without effect go, each expert its own, nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Context, apply_step, techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.modules import module_table
from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset, call
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.registry import discover
from core.testing.contracts.families import Examples, LastLogits

discover("core.compression.techniques")
discover("core.models.sources")

EXPERTS, NEURONS = 4, 24
# Layouts of gates and values: the rows of neuron n among twice as many.
GATED = {"mixtral": "halves", "qwen3_moe": "halves", "gpt_oss": "pairs"}


def mixture(family: str) -> CompressibleModel:
    sizes = {
        "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": NEURONS, "moe_intermediate_size": NEURONS,
        "num_local_experts": EXPERTS, "num_experts": EXPERTS, "num_experts_per_tok": 2, "head_dim": 8,
    }  # fmt: skip
    parameters = {"purpose": "causal", "config": json.dumps({"model_type": family, **sizes})}
    return CompressibleModel.create("huggingface", parameters, seed=3)


def idle(layer: int, expert: int) -> list[int]:
    """Return a third of an expert's neurons, others for each expert."""
    drawn = torch.randperm(NEURONS, generator=torch.Generator().manual_seed(7 * layer + expert))
    return sorted(drawn[: NEURONS // 3].tolist())


def with_idle_neurons(family: str) -> CompressibleModel:
    """Return a mixture in which some neurons have no effect, as nothing leads on from them."""
    model = mixture(family)
    for layer, block in enumerate(model.module.model.layers):
        for expert in range(EXPERTS):
            down = block.mlp.experts.down_proj.data[expert]
            rows = down if GATED[family] == "pairs" else down.t()
            rows[idle(layer, expert)] = 0
    return model


def logits(model: CompressibleModel) -> Tensor:
    with torch.no_grad():
        return call(model.module, Examples("llama").inputs(slice(None)))


def prune(model: CompressibleModel, ratio: float, rules: LayerRules | None = None) -> CompressibleModel:
    context = Context(data=Examples("llama"), task=LastLogits())
    return apply_step("ffn-pruning", {"ratio": ratio, "samples": 0}, rules or LayerRules(), model, context)


@pytest.mark.parametrize("family", GATED)
def test_each_expert_loses_its_neurons_without_effect(family: str, tmp_path: Path) -> None:
    model = with_idle_neurons(family)
    made = prune(model, 1 / 3)
    torch.testing.assert_close(logits(made), logits(model), atol=1e-6, rtol=1e-5)
    left = NEURONS - NEURONS // 3
    for layer, (old, new) in enumerate(zip(model.module.model.layers, made.module.model.layers, strict=True)):
        before, after = old.mlp.experts, new.mlp.experts
        for expert in range(EXPERTS):
            kept = sorted({*range(NEURONS)} - {*idle(layer, expert)})
            rows = (
                [place for unit in kept for place in (2 * unit, 2 * unit + 1)]
                if GATED[family] == "pairs"
                else [*kept, *(NEURONS + unit for unit in kept)]
            )
            whole, cut = before.gate_up_proj[expert], after.gate_up_proj[expert]
            whole, cut = (whole.t(), cut.t()) if GATED[family] == "pairs" else (whole, cut)
            assert torch.equal(cut, whole[rows])
            if family == "gpt_oss":
                assert torch.equal(after.gate_up_proj_bias[expert], before.gate_up_proj_bias[expert][rows])
        assert after.down_proj.numel() == EXPERTS * left * 32
    save(made, tmp_path / "model.safetensors")
    assert torch.equal(logits(load(tmp_path / "model.safetensors")), logits(made))


def test_masks_of_pruned_weights_follow_their_neurons() -> None:
    model = with_idle_neurons("mixtral")
    context = Context(data=Examples("llama"), task=LastLogits())
    sparse = apply_step("magnitude-pruning", {"sparsity": 0.5}, LayerRules(), model, context)
    made = prune(sparse, 0.5)
    for name, mask in made.pruned.items():
        weight = made.module.get_parameter(name)
        assert mask.shape == weight.shape
        assert bool((weight[mask] == 0).all())
    assert "model.layers.0.mlp.experts.gate_up_proj" in made.pruned


@pytest.mark.parametrize(
    ("technique", "values"),
    [
        ("weight-only-quantization", {"bits": 4, "granularity": "tensor"}),
        ("weight-only-quantization", {"bits": 4, "granularity": "channel"}),
        ("palettization", {"bits": 3}),
    ],
    ids=["scale per expert", "scale per channel", "palette per expert"],
)
def test_encodings_stay_with_the_neurons_that_are_left(
    technique: str, values: dict[str, object], tmp_path: Path
) -> None:
    model = apply_step(technique, values, LayerRules(), with_idle_neurons("mixtral"), Context())
    made = prune(model, 1 / 3)
    assert made.encodings.keys() == model.encodings.keys()
    for name, encoding in made.encodings.items():
        weight = made.module.get_parameter(name).detach()
        assert torch.equal(encoding.project(weight), weight)
    assert save(made, tmp_path / "less").file_bytes < save(model, tmp_path / "all").file_bytes
    assert torch.equal(logits(load(tmp_path / "less")), logits(made))


def test_experts_are_left_out_by_a_rule_and_counted_for_forms() -> None:
    model = mixture("mixtral")
    table = module_table(model.module)
    experts = {f"model.layers.{layer}.mlp.experts" for layer in (0, 1)}
    spec = techniques.get("ffn-pruning").spec()
    assert table.worked_on(spec, LayerRules()) == experts
    assert {each.count for each in table.units["ffn-pruning"]} == {NEURONS}
    rules = LayerRules(exclude=(r"layers\.0",))
    made = prune(model, 0.5, rules)
    first, second = (layer.mlp.experts for layer in made.module.model.layers)
    assert first.down_proj.shape[2] == NEURONS
    assert second.down_proj.shape[2] == NEURONS // 2


class OwnPairs(nn.Module):
    """Experts whose gates and values alternate, without saying so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate_up_proj = nn.Parameter(torch.randn(2, 16, 8))
        self.down_proj = nn.Parameter(torch.randn(2, 8, 8))
        self.in_features = 8

    def forward(self, tokens: Tensor) -> Tensor:
        both = torch.einsum("td,ehd->teh", tokens, self.gate_up_proj)
        return torch.einsum("teh,edh->td", functional.silu(both[..., ::2]) * both[..., 1::2], self.down_proj)


class Vectors(Dataset):
    """Random vectors."""

    def __init__(self) -> None:
        self.values = torch.randn(32, 8, generator=torch.Generator().manual_seed(1))
        self.labels = torch.zeros(32, dtype=torch.int64)
        self.class_names, self.ids = ("a", "b"), tuple(map(str, range(32)))

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self.values[indices], self.labels[indices])


class Distance:
    """A loss over all outputs."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return module(batch.inputs).square().mean()


@pytest.mark.parametrize("says", [False, True])
def test_an_order_of_neurons_that_is_not_known_is_refused(says: bool) -> None:
    torch.manual_seed(0)
    module = OwnPairs().eval()
    module.is_transposed = False
    if says:
        module.is_concatenated = False
    model = CompressibleModel(module, Architecture("none", {}))
    context = Context(data=Vectors(), task=Distance())
    if not says:
        with pytest.raises(UnusableInput, match="order"):
            apply_step("ffn-pruning", {"ratio": 0.5}, LayerRules(), model, context)
        return
    made = apply_step("ffn-pruning", {"ratio": 0.5}, LayerRules(), model, context)
    assert made.module.gate_up_proj.shape == (2, 8, 8)
