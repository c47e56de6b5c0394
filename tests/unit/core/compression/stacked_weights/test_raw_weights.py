"""Weights that no layer holds: each matrix is compressed as a linear layer with the same weight would be."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Context, apply_step, techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.modules import module_table
from core.compression.layers import matrices
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import raw_weights
from core.data.dataset import call
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.inspection.sensitivity import Examination, Measured, sensitivity
from core.registry import discover
from core.testing.contracts.families import Examples, LastLogits
from tests.unit.core.compression.mixtures import (
    EXPERTS,
    WIDTH,
    Apart,
    Distance,
    Fused,
    FusedInputsFirst,
    Mixture,
    Tokens,
    pair,
)

discover("core.compression.techniques")
discover("core.models.sources")


def experts_of(model: CompressibleModel) -> list[Tensor]:
    """Return the matrices of all experts `(outputs, inputs)`, first those up, then those down."""
    module = model.module
    if isinstance(module, Apart):
        return [layer.weight.detach() for layers in (module.ups, module.downs) for layer in layers]
    weights = [module.up_proj.detach(), module.down_proj.detach()]
    return [each if isinstance(module, Fused) else each.t() for weight in weights for each in weight]


STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "magnitude over all": ("magnitude-pruning", {"sparsity": 0.6}),
    "n:m": ("n-m-pruning", {"pattern": "2:4"}),
    "wanda": ("wanda-pruning", {"sparsity": 0.5}),
    "wanda 2:4": ("wanda-pruning", {"pattern": "2:4"}),
    "wanda over all": ("wanda-pruning", {"sparsity": 0.5, "scope": "global"}),
    "gradual": ("gradual-pruning", {"criterion": "magnitude", "sparsity": 0.5, "rounds": 2}),
    "4 bits per channel": ("weight-only-quantization", {"bits": 4}),
    "4 bits per expert": ("weight-only-quantization", {"bits": 4, "granularity": "tensor"}),
    "3 bits per group": (
        "weight-only-quantization",
        {"bits": 3, "granularity": "group", "group_size": 8, "scheme": "asymmetric"},
    ),
    "palette per expert": ("palettization", {"bits": 2}),
    "palette per 5 channels": ("palettization", {"bits": 2, "granularity": "group", "group_size": 5}),
    "float8 per expert": ("float-casting", {"format": "float8-e4m3", "scaling": "tensor"}),
    "float8 per channel": ("float-casting", {"format": "float8-e4m3"}),
    "bfloat16": ("float-casting", {"format": "bfloat16"}),
    "gptq": ("gptq", {"bits": 3}),
    "gptq per group": ("gptq", {"bits": 3, "granularity": "group", "group_size": 8}),
}


def step(name: str, model: CompressibleModel) -> CompressibleModel:
    technique, parameters = STEPS[name]
    return apply_step(technique, parameters, LayerRules(), model, Context(data=Tokens(), task=Distance()))


@pytest.mark.parametrize("name", [name for name in STEPS if not name.startswith("gradual")])
@pytest.mark.parametrize("kind", [Fused, FusedInputsFirst])
def test_experts_in_one_tensor_become_what_linear_layers_do(kind: type[Mixture], name: str) -> None:
    apart, fused = pair(kind)
    expected, found = (experts_of(step(name, model)) for model in (apart, fused))
    exact = "gptq" not in name
    for one, other in zip(expected, found, strict=True):
        if exact:
            assert torch.equal(one, other)
        else:  # sums of products in another order
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_first_order_importance_reaches_experts() -> None:
    apart, fused = pair(Fused)
    for model in (apart, fused):
        model.module.requires_grad_(True)
    parameters, context = {"sparsity": 0.5}, Context(data=Tokens(), task=Distance())
    expected, found = (
        experts_of(apply_step("gradient-pruning", parameters, LayerRules(), model, context))
        for model in (apart, fused)
    )
    assert sum(int((weight == 0).sum()) for weight in found) > 300
    for one, other in zip(expected, found, strict=True):
        assert float(((one == 0) == (other == 0)).float().mean()) > 0.99  # ties of sums in another order


def test_an_expert_that_no_instance_reached_is_judged_by_its_weights() -> None:
    _, fused = pair(Fused)
    module = fused.module
    with torch.no_grad():
        module.router.weight[-1] = module.router.weight[0]  # of equal scores the first wins
    pruned = experts_of(step("wanda", fused))[EXPERTS - 1]
    weight = module.up_proj[-1].detach()
    seen = torch.zeros(EXPERTS - 1, WIDTH)
    tokens = Tokens().batch(slice(None)).inputs
    chosen = module.router(tokens).argmax(dim=-1)
    for expert in range(EXPERTS - 1):
        seen[expert] = tokens[chosen == expert].square().sum(0).sqrt()
    scores = weight.abs() * seen.mean(0)
    for row, kept in zip(scores, pruned != 0, strict=True):
        assert set(row.topk(WIDTH // 2).indices.tolist()) == set(kept.nonzero().flatten().tolist())


@cache
def mixtral(family: str = "mixtral") -> CompressibleModel:
    sizes = {
        "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 48, "moe_intermediate_size": 24,
        "num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2, "head_dim": 8,
    }  # fmt: skip
    parameters = {"purpose": "causal", "config": json.dumps({"model_type": family, **sizes})}
    return CompressibleModel.create("huggingface", parameters, seed=3)


FAMILIES = ["mixtral", "qwen3_moe", "gpt_oss"]


@pytest.mark.parametrize("family", FAMILIES)
def test_experts_of_transformers_count_in_the_sparsity_asked_for(family: str) -> None:
    model = mixtral(family)
    held = raw_weights(model.module)
    leaves = {layer.leaf for layer in held}
    assert leaves == {"gate_up_proj", "down_proj"}
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.75}, LayerRules(), model, Context())
    weights = {name: weight for name, weight in matrices(pruned.module).items() if "router" not in name}
    weights = {name: weight for name, weight in weights.items() if not name.endswith("gate.weight")}
    zeros = sum(int((weight == 0).sum()) for weight in weights.values())
    assert zeros == round(0.75 * sum(weight.numel() for weight in weights.values()))
    for layer in held:
        zeros_of_it = pruned.module.get_parameter(layer.parameter_name) == 0
        assert 0.5 < float(zeros_of_it.float().mean()) < 0.95


def test_the_modules_of_experts_are_written_down_as_raw() -> None:
    table = module_table(mixtral().module)
    experts = {f"model.layers.{layer}.mlp.experts" for layer in (0, 1)}
    assert table.raw == experts
    rules = LayerRules(include=("experts",))
    assert table.worked_on(techniques.get("palettization").spec(), rules) == experts
    assert table.worked_on(techniques.get("low-rank").spec(), rules) == experts
    assert table.worked_on(techniques.get("head-pruning").spec(), rules) == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_scales_of_transformers_experts_are_those_of_their_outputs(family: str) -> None:
    model = mixtral(family)
    quantized = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), model, Context())
    for layer in raw_weights(model.module):
        weight = layer.weight.detach()
        inputs = 1 if family == "gpt_oss" else 2  # the axis that is multiplied with inputs
        scale = weight.abs().amax(dim=inputs, keepdim=True) / 7
        expected = (weight / scale).round().clamp(-8, 7) * scale
        found = quantized.module.get_parameter(layer.parameter_name)
        torch.testing.assert_close(found.detach(), expected, atol=1e-7, rtol=1e-6)


def test_wanda_weighs_the_tokens_that_the_router_sends_to_an_expert() -> None:
    model = mixtral()
    examples = Examples("llama")
    seen: list[tuple[Tensor, Tensor]] = []
    experts = model.module.model.layers[0].mlp.experts

    def look(_: nn.Module, args: tuple[Any, ...]) -> None:
        seen.append((args[0].detach(), args[1].detach()))

    handle = experts.register_forward_pre_hook(look)
    with torch.no_grad():
        call(model.module, examples.inputs(slice(None)))
    handle.remove()
    ((tokens, chosen),) = seen
    context = Context(data=examples, task=LastLogits())
    pruned = apply_step("wanda-pruning", {"sparsity": 0.5, "samples": 0}, LayerRules(), model, context)
    found = pruned.module.get_parameter("model.layers.0.mlp.experts.gate_up_proj")
    down = pruned.module.get_parameter("model.layers.0.mlp.experts.down_proj")
    for expert in range(4):
        mine = tokens[(chosen == expert).any(dim=-1)]
        weight = experts.gate_up_proj[expert].detach()
        _agree(weight, mine, found[expert])
        gate, up = functional.linear(mine, weight).chunk(2, dim=-1)
        _agree(experts.down_proj[expert].detach(), functional.silu(gate) * up, down[expert])


def _agree(weight: Tensor, inputs: Tensor, pruned: Tensor) -> None:
    """Require that half of each row is zero, those with the least |weight| x norm of the input."""
    scores = weight.abs() * inputs.square().sum(0).sqrt()
    for row, kept in zip(scores, pruned != 0, strict=True):
        largest = row.topk(len(row) // 2).indices.tolist()
        assert set(largest) == set(kept.nonzero().flatten().tolist())


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("family", ["mixtral", "gpt_oss"])
def test_files_give_back_every_bit(family: str, name: str, tmp_path: Path) -> None:
    technique, parameters = STEPS[name]
    context = Context(data=Examples("llama"), task=LastLogits())
    made = apply_step(technique, parameters, LayerRules(), mixtral(family), context)
    summary = save(made, tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")
    for key, value in made.module.state_dict().items():
        assert torch.equal(value.view(torch.int32), back.module.state_dict()[key].view(torch.int32)), key
    for key, encoding in back.encodings.items():  # what training holds
        weight = back.module.get_parameter(key).detach()
        assert torch.equal(encoding.project(weight), weight)
    assert made.pruned.keys() == back.pruned.keys()
    experts = [form for key, form in summary.tensors.items() if key.endswith(("gate_up_proj", "down_proj"))]
    assert len(experts) == 4
    assert all(form.form != "dense" for form in experts)
    again = save(back, tmp_path / "again.safetensors")
    assert again.file_bytes == summary.file_bytes


def test_codes_of_experts_take_the_bits_they_promise(tmp_path: Path) -> None:
    quantized = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), mixtral(), Context())
    summary = save(quantized, tmp_path / "model.safetensors")
    key = "model.layers.0.mlp.experts.gate_up_proj"
    assert summary.tensors[key].bits == 4 * 96 * 32 * 4 + 4 * 96 * 32  # codes, and a scale for each channel
    assert summary.bits_per_weight < 7


def test_sensitivity_examines_the_experts_of_a_layer_together() -> None:
    model, step = mixtral(), Step("weight-only-quantization", {"bits": 3})
    seen = []

    def evaluate(module: nn.Module) -> Measured:
        weights = {name: int(weight.unique().numel()) for name, weight in matrices(module).items()}
        seen.append({name.rpartition(".")[0] for name, count in weights.items() if count < full[name] / 2})
        return Measured({"x": 0.0})

    full = {name: int(weight.unique().numel()) for name, weight in matrices(model.module).items()}
    _, arrays = sensitivity(model, step, Context(), Examination(evaluate))
    rows = arrays["layer"].tolist()
    experts = [f"model.layers.{layer}.mlp.experts" for layer in (0, 1)]
    assert [row for row in rows if row.endswith("experts")] == experts
    place = rows.index(experts[0])
    assert seen[1 + place] == {experts[0]}  # the first evaluation is of the model as it is
    assert arrays["weights"][place] == 4 * (96 * 32 + 48 * 32)


def test_training_keeps_experts_pruned_and_on_their_grid() -> None:
    context = Context(data=Examples("llama"), task=LastLogits())
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.5}, LayerRules(), mixtral(), context)
    quantized = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), pruned, context)
    tuned = apply_step("fine-tune", {"epochs": 1}, LayerRules(), quantized, context)
    key = "model.layers.0.mlp.experts.down_proj"
    before, after = (each.module.get_parameter(key).detach() for each in (quantized, tuned))
    assert not torch.equal(before, after)
    assert torch.equal(tuned.encodings[key].project(after), after)
    assert bool((after[pruned.module.get_parameter(key) == 0] == 0).all())
