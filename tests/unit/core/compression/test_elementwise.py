"""Norm scales, biases and position embeddings as targets: only where asked for, and counted where touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.elementwise import elementwise_weights
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.evaluation.profiling.profile import profile
from core.ports import Silent
from core.registry import discover

discover("core.compression.techniques")
discover("core.models.sources")

ALL = LayerRules()
SIZE = {"width": 32, "heads": 4, "layers": 1, "context": 16, "vocabulary": "who went to paris"}
PRUNING = ("magnitude-pruning", "random-pruning")
CODING = {
    "weight-only-quantization": {"bits": 4, "granularity": "channel"},
    "palettization": {"bits": 3},
    "float-casting": {"format": "float8-e4m3"},
}


def model(family: str = "gpt2") -> CompressibleModel:
    """A small network whose vectors hold different numbers, as training would leave them."""
    made = CompressibleModel.create("tiny-transformer", {"family": family, **SIZE})
    with torch.no_grad():
        for index, value in enumerate(made.module.parameters()):
            drawn = torch.rand(value.shape, generator=torch.Generator().manual_seed(index)) + 0.5
            if value.dim() < 2:
                value.copy_(drawn)
    return made


def step(
    name: str, values: dict[str, object], rules: LayerRules = ALL, family: str = "gpt2"
) -> CompressibleModel:
    return apply_step(name, values, rules, model(family), Context())


def states(one: CompressibleModel, other: CompressibleModel) -> list[str]:
    """The names of tensors that differ."""
    left, right = one.module.state_dict(), other.module.state_dict()
    return [name for name in left if not torch.equal(left[name], right[name])]


@pytest.mark.parametrize("name", PRUNING)
@pytest.mark.parametrize("family", ["gpt2", "t5", "bert", "vit"])
def test_every_tensor_loses_the_share_asked_for(name: str, family: str) -> None:
    result = step(name, {"sparsity": 0.25, "scope": "layer", "weights": "everything"}, family=family)
    for key, value in result.module.named_parameters():
        assert int((value == 0).sum()) == round(0.25 * value.numel()), key


def test_the_smallest_scales_of_a_norm_go() -> None:
    before = model().module.get_parameter("transformer.ln_f.weight").detach()
    values = {"sparsity": 0.5, "scope": "layer", "weights": "everything"}
    after = step("magnitude-pruning", values).module.get_parameter("transformer.ln_f.weight")
    assert torch.equal(after != 0, before > before.median())


@pytest.mark.parametrize("name", [*PRUNING, *CODING])
def test_nothing_but_matrices_is_touched_by_default(name: str) -> None:
    before = dict(model().module.named_parameters())
    values: dict[str, object] = CODING.get(name, {"sparsity": 0.5})
    result = step(name, values)
    vectors = [key for key, value in before.items() if value.dim() < 2]
    assert len(vectors) == 10
    assert all(torch.equal(result.module.get_parameter(key), before[key]) for key in vectors)
    named = step(name, {**values, "weights": "matrices"})
    assert states(named, result) == []


@pytest.mark.parametrize("name", CODING)
def test_coded_vectors_come_back_from_a_smaller_file(name: str, tmp_path: Path) -> None:
    matrices, everything = (
        step(name, {**CODING[name], "weights": weights}) for weights in ("matrices", "everything")
    )
    few, all_of_them = (
        save(each, tmp_path / f"{index}.safetensors") for index, each in enumerate((matrices, everything))
    )
    form = all_of_them.tensors["transformer.h.0.mlp.c_fc.bias"]
    assert form.code_bits == {"weight-only-quantization": 4, "palettization": 3, "float-casting": 8}[name]
    assert all_of_them.theoretical_bytes < few.theoretical_bytes
    read = load(tmp_path / "1.safetensors")
    assert states(read, everything) == []
    assert read.encodings.keys() == everything.encodings.keys()


def test_pruned_vectors_come_back_with_their_masks(tmp_path: Path) -> None:
    result = step("magnitude-pruning", {"sparsity": 0.5, "scope": "layer", "weights": "everything"})
    summary = save(result, tmp_path / "model.safetensors")
    assert summary.tensors["transformer.ln_f.weight"].form == "sparse"
    read = load(tmp_path / "model.safetensors")
    assert read.pruned.keys() == dict(result.module.named_parameters()).keys()
    assert states(read, result) == []


def test_rules_choose_among_the_vectors_too() -> None:
    values: dict[str, object] = {"sparsity": 0.5, "scope": "layer", "weights": "everything"}
    result = step("magnitude-pruning", values, LayerRules(include=("ln_",)))
    assert result.pruned
    assert all("ln_" in name for name in result.pruned)
    override = LayerRules(overrides=(("ln_", {"weights": "everything"}),))
    named = step("magnitude-pruning", {"sparsity": 0.5, "scope": "layer"}, override)
    norms = {name for name in named.pruned if "ln_" in name}
    assert norms == result.pruned.keys()
    assert not any(name.endswith("bias") for name in named.pruned.keys() - norms)


def test_sparsity_counts_pruned_vectors() -> None:
    values: dict[str, object] = {"sparsity": 0.5, "scope": "layer", "weights": "everything"}
    result = step("magnitude-pruning", values, LayerRules(include=("ln_",)))
    measured = profile(
        result,
        {"input_ids": torch.zeros(1, 4, dtype=torch.int64)},
        device=torch.device("cpu"),
        progress=Silent(),
    ).metrics
    numbers = dict(result.module.named_parameters())
    counted = [value for name, value in numbers.items() if value.dim() > 1 or "ln_" in name]
    zeros = sum(int((value == 0).sum()) for value in counted)
    assert measured["sparsity"] == zeros / sum(value.numel() for value in counted)
    assert zeros == sum(value.numel() // 2 for name, value in numbers.items() if "ln_" in name)


@pytest.mark.parametrize("family", ["gpt2", "vit"])
def test_each_parameter_belongs_to_one_kind(family: str) -> None:
    module = model(family).module
    layers = compressible_layers(module)
    further = elementwise_weights(module, layers)
    names = sorted(layer.parameter_name for layer in (*layers, *further))
    assert names == sorted(name for name, value in module.named_parameters() if value.numel() > 1)
    assert all(layer.elementwise for layer in further)
    positions = [layer.parameter_name for layer in further if re.search("position", layer.parameter_name)]
    assert bool(positions) == (family == "vit")
