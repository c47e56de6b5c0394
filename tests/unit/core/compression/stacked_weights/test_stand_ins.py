"""Experts in one tensor whose matrices become two factors, or whose inputs are rounded to int8."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.claims import claims
from core.compression.checkpoints.modules import module_table
from core.compression.layers import matrices
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import raw_weights
from core.data.dataset import call
from core.domain.technique import LayerRules
from core.evaluation.profiling.operations import operation_counter
from core.registry import discover
from core.testing.contracts.families import Examples, LastLogits
from tests.unit.core.compression.mixtures import (
    EXPERTS,
    HIDDEN,
    WIDTH,
    Distance,
    Fused,
    FusedInputsFirst,
    Mixture,
    Tokens,
    model_of,
    pair,
)

discover("core.compression.techniques")
discover("core.models.sources")


class InputsFirst(FusedInputsFirst):
    """The same, multiplied by `torch.einsum` in another type."""

    def down(self, expert: int, hidden: Tensor) -> Tensor:
        return torch.einsum("th,hd->td", hidden, self.down_proj.to(hidden.dtype)[expert])


def step(name: str, parameters: dict[str, Any], model: CompressibleModel) -> CompressibleModel:
    rules = LayerRules(exclude=("router",))
    return apply_step(name, parameters, rules, model, Context(data=Tokens(), task=Distance()))


def answers(model: CompressibleModel) -> Tensor:
    with torch.no_grad():
        return model.module(Tokens().values)


def numbers(model: CompressibleModel) -> int:
    return sum(parameter.numel() for parameter in model.module.parameters())


@pytest.mark.parametrize("kind", [Fused, InputsFirst])
@pytest.mark.parametrize("parameters", [{"criterion": "rank", "rank": 3}, {"criterion": "size", "size": 0.7}])
def test_factors_of_experts_are_those_of_linear_layers(
    kind: type[Mixture], parameters: dict[str, Any]
) -> None:
    apart, fused = (step("low-rank", parameters, model) for model in pair(kind))
    torch.testing.assert_close(answers(fused), answers(apart), atol=1e-6, rtol=1e-5)
    assert numbers(fused) == numbers(apart) < numbers(pair(kind)[0])
    counted = []
    for model in (apart, fused):
        with operation_counter() as counter:
            answers(model)
        counted.append(counter.get_total_flops())
    assert counted[0] == counted[1]
    assert fused.notes == ()


def test_all_experts_together_keep_the_energy_asked_for() -> None:
    _, fused = pair(Fused)
    made = step("low-rank", {"criterion": "energy", "energy": 0.7}, fused)
    for leaf in ("up_proj", "down_proj"):
        whole = fused.module.get_parameter(leaf).detach()
        rank = made.module.get_parameter(f"{leaf}_first").shape[1]
        energy = torch.linalg.svdvals(whole).square().sum(0)
        assert energy[: rank - 1].sum() < 0.7 * energy.sum() <= energy[:rank].sum()
        lost = (whole - getattr(made.module, leaf)).square().sum()
        torch.testing.assert_close(lost, energy[rank:].sum(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", [Fused, InputsFirst])
@pytest.mark.parametrize("per", ["token", "tensor"])
def test_inputs_of_experts_are_rounded_as_those_of_linear_layers(kind: type[Mixture], per: str) -> None:
    apart, fused = (step("dynamic-int8", {"per": per}, model) for model in pair(kind))
    assert torch.equal(answers(fused), answers(apart)) or kind is InputsFirst
    torch.testing.assert_close(answers(fused), answers(apart), atol=1e-6, rtol=1e-5)
    plain = pair(kind)[1]
    for leaf in ("up_proj", "down_proj"):
        plain.module.get_parameter(leaf).data.copy_(fused.module.get_parameter(leaf).detach())
    assert not torch.allclose(answers(plain), answers(fused), atol=1e-4)
    assert [note.split(" (")[0] for note in fused.notes] == ["Inputs of up_proj, down_proj"]


@pytest.mark.parametrize("kind", [Fused, InputsFirst])
def test_inputs_of_all_experts_have_one_fixed_range(kind: type[Mixture]) -> None:
    _, plain = pair(kind)
    made = step("static-int8", {"observer": "min-max", "samples": 0}, plain)
    tokens = Tokens().values
    hidden = torch.zeros(64, HIDDEN)
    chosen = plain.module.router(tokens).argmax(dim=-1)
    with torch.no_grad():
        for expert in range(EXPERTS):
            hidden[chosen == expert] = plain.module.up(expert, tokens[chosen == expert]).relu()

    def rounded(values: Tensor, of: Tensor) -> Tensor:
        low, high = min(0.0, float(of.min())), float(of.max())
        zero = round(-low / ((high - low) / 255))
        return torch.fake_quantize_per_tensor_affine(values, (high - low) / 255, zero, 0, 255)

    expected = torch.zeros_like(tokens)
    with torch.no_grad():
        for expert in range(EXPERTS):
            mine = chosen == expert
            up, down = (made.module.get_parameter(leaf)[expert] for leaf in ("up_proj", "down_proj"))
            up, down = (up, down) if kind is Fused else (up.t(), down.t())
            inner = (rounded(tokens[mine], tokens) @ up.t()).relu()
            expected[mine] = rounded(inner, hidden) @ down.t()
    torch.testing.assert_close(answers(made), expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", [Fused, InputsFirst])
def test_later_steps_reach_the_factors(kind: type[Mixture]) -> None:
    apart, fused = (step("low-rank", {"size": 0.7}, model) for model in pair(kind))
    for name, parameters in {
        "wanda-pruning": {"sparsity": 0.5},
        "weight-only-quantization": {"bits": 4},
        "dynamic-int8": {},
    }.items():
        apart, fused = (step(name, parameters, model) for model in (apart, fused))
        torch.testing.assert_close(answers(fused), answers(apart), atol=1e-5, rtol=1e-4)
    zeros = [
        sum(int((weight == 0).sum()) for weight in matrices(each.module).values()) for each in (apart, fused)
    ]
    assert zeros[0] == zeros[1] > 0.4 * numbers(fused)
    tuned = step("fine-tune", {"epochs": 1}, fused)
    assert not torch.equal(answers(tuned), answers(fused))
    assert all(
        bool((tuned.module.get_parameter(name)[mask] == 0).all()) for name, mask in tuned.pruned.items()
    )


@cache
def mixture(family: str) -> CompressibleModel:
    sizes = {
        "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 48, "moe_intermediate_size": 24,
        "num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2, "head_dim": 8,
    }  # fmt: skip
    parameters = {"purpose": "causal", "config": json.dumps({"model_type": family, **sizes})}
    return CompressibleModel.create("huggingface", parameters, seed=3)


def logits(model: CompressibleModel) -> Tensor:
    with torch.no_grad():
        return call(model.module, Examples("llama").inputs(slice(None)))


@pytest.mark.parametrize("family", ["mixtral", "qwen3_moe", "gpt_oss"])
def test_experts_of_transformers_compute_with_their_factors(family: str, tmp_path: Path) -> None:
    model = mixture(family)
    rules = LayerRules(include=("experts",))
    context = Context(data=Examples("llama"), task=LastLogits())
    made = apply_step("low-rank", {"criterion": "rank", "rank": 6}, rules, model, context)
    expected = model.copy()
    for layer in raw_weights(expected.module):
        left, values, right = torch.linalg.svd(layer.weight.detach(), full_matrices=False)
        layer.weight.data.copy_(left[..., :6] @ torch.diag_embed(values[..., :6]) @ right[..., :6, :])
    torch.testing.assert_close(logits(made), logits(expected), atol=1e-5, rtol=1e-4)
    assert numbers(made) < numbers(model)
    save(made, tmp_path / "model.safetensors")
    assert torch.equal(logits(load(tmp_path / "model.safetensors")), logits(made))


@pytest.mark.parametrize("name", ["dynamic-int8", "static-int8"])
@pytest.mark.parametrize("family", ["mixtral", "gpt_oss"])
def test_files_keep_how_inputs_of_experts_are_rounded(family: str, name: str, tmp_path: Path) -> None:
    context = Context(data=Examples("llama"), task=LastLogits())
    rules = LayerRules(include=("experts",))
    made = apply_step(name, {}, rules, mixture(family), context)
    summary = save(made, tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")
    assert torch.equal(logits(back), logits(made))
    weights_only = made.copy()
    for _, module in weights_only.module.named_modules():
        for leaf in [leaf for leaf in module._modules if leaf.endswith("_input_quantizer")]:
            del module._modules[leaf]
    assert not torch.equal(logits(weights_only), logits(made))
    assert "activations are rounded to int8 in floating-point arithmetic" in claims(made, summary).reasons


def test_forms_know_the_experts_that_can_be_factorized() -> None:
    table = module_table(mixture("mixtral").module)
    (experts,) = table.raw
    counts = [each.count for each in table.units["low-rank"] if each.layers == (experts,)]
    assert counts == [(96 * 32 - 1) // (96 + 32), (48 * 32 - 1) // (48 + 32)]


class Recurrent(nn.Module):
    """An LSTM and a small head."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = nn.LSTM(WIDTH, 16)
        self.head = nn.Linear(16, 2)

    def forward(self, values: Tensor) -> Tensor:
        return self.head(self.reads(values)[0])


@pytest.mark.parametrize("name", ["dynamic-int8", "static-int8"])
def test_weights_whose_inputs_stay_as_they_are_are_told_with_their_share(name: str) -> None:
    context = Context(data=Tokens(), task=Distance())
    made = apply_step(name, {}, LayerRules(), model_of(Recurrent()), context)
    assert len(made.module.reads.weight_ih_l0.unique()) < 64 * 8
    unseen, every = 64 * 8 + 64 * 16, 64 * 8 + 64 * 16 + 2 * 64 + 2 * 16 + 2
    (note,) = [note for note in made.notes if note.startswith("Only the weights of")]
    assert f"({100 * unseen / every:.0f} % of the model)" in note
