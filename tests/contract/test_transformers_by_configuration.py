"""Transformers that only a configuration describes: parts without effect go, and nothing changes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.modules import module_table
from core.compression.model import CompressibleModel
from core.compression.structure.attention import head_blocks
from core.compression.structure.feed_forward import neuron_blocks
from core.compression.structure.units import Block
from core.data.dataset import call
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.registry import discover
from core.testing.contracts.families import Examples, LastLogits

discover("core.compression.techniques")
discover("core.models.sources")

BERT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
SIZES = {
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64},
    "roberta": BERT,
    "albert": {**BERT, "embedding_size": 16},
    "electra": {**BERT, "embedding_size": 16},
    "deberta-v2": BERT,
    "mobilebert": {**BERT, "embedding_size": 16, "intra_bottleneck_size": 16, "true_hidden_size": 16},
    "opt": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 64},
    "mistral": {**BERT, "num_key_value_heads": 2},
    "qwen2": {**BERT, "num_key_value_heads": 2, "tie_word_embeddings": True},
    "gpt_neox": BERT,
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 4},
    "phi3": {**BERT, "num_key_value_heads": 4, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 1},
    "bart": {
        "d_model": 32,
        **{f"{part}_layers": 2 for part in ("encoder", "decoder")},
        **{f"{part}_attention_heads": 4 for part in ("encoder", "decoder")},
        **{f"{part}_ffn_dim": 64 for part in ("encoder", "decoder")},
    },
    "deit": {**BERT, "image_size": 32, "patch_size": 8},
    "swin": {
        "image_size": 32,
        "patch_size": 4,
        "embed_dim": 16,
        "depths": [1],
        "num_heads": [2],
        "window_size": 4,
    },
}
CAUSAL = {"opt", "mistral", "qwen2", "gpt_neox", "bloom", "phi3"}
READS = {"bart": "t5", "deit": "vit", "swin": "vit"}  # family whose examples suit
WITHOUT_HEADS = {
    "bloom": "has none that it knows",  # each has a slope of its own, which the whole model computes
    "deberta-v2": "has none that it knows",
    "phi3": "has none that it knows",
}


def purpose(family: str) -> str:
    if family in READS:
        return "sequence-to-sequence" if family == "bart" else "image-classification"
    return "causal" if family in CAUSAL else "text-classification"


@cache
def base(family: str) -> CompressibleModel:
    config: dict[str, Any] = {"model_type": family, "vocab_size": 50, **SIZES[family]}
    return CompressibleModel.create(
        "huggingface",
        {
            "purpose": purpose(family),
            "config": json.dumps(config),
            "classes": 2 if "classification" in purpose(family) else 0,
        },
        seed=3,
    )


def examples(family: str) -> Examples:
    return Examples(READS.get(family, "bert"))


def outputs(model: CompressibleModel, family: str) -> torch.Tensor:
    with torch.inference_mode():
        return call(model.module, examples(family).inputs(slice(0, 4)))


def without_effect(model: CompressibleModel, blocks: list[Block]) -> None:
    """Set what every other unit gives to zero."""
    for block in blocks:
        out = next(part for part in block.slices if part.tensor == f"{block.layers[-1]}.weight")
        units = range(0, block.units, 2)
        with torch.no_grad():
            weight = model.module.get_parameter(out.tensor)
            weight.index_fill_(out.axis, torch.tensor(out.indices(units, block.units)), 0)


@pytest.mark.parametrize("family", SIZES)
@pytest.mark.parametrize("technique", ["head-pruning", "ffn-pruning"])
def test_parts_without_effect_go_first_and_change_nothing(
    family: str, technique: str, tmp_path: Path
) -> None:
    model = base(family).copy()
    context = Context(seed=1, data=examples(family), task=LastLogits())
    if technique == "head-pruning" and family in WITHOUT_HEADS:
        assert module_table(model.module).units[technique] == ()  # so it is refused before it is queued
        with pytest.raises(UnusableInput, match=WITHOUT_HEADS[family]):
            apply_step(technique, {}, LayerRules(), model, context)
        return
    blocks = head_blocks(model.module) if technique == "head-pruning" else neuron_blocks(model.module)
    without_effect(model, blocks)
    result = apply_step(technique, {"samples": 8}, LayerRules(), model, context)
    before, after = (sum(p.numel() for p in one.module.parameters()) for one in (model, result))
    assert after < before
    torch.testing.assert_close(outputs(result, family), outputs(model, family), rtol=1e-4, atol=1e-5)
    save(result, tmp_path / "model")
    assert torch.equal(outputs(load(tmp_path / "model"), family), outputs(result, family))


@pytest.mark.parametrize("family", ["mobilebert", "distilbert"])
def test_shallower_students_load_again(family: str, tmp_path: Path) -> None:
    """MobileBERT has stacks within its layers."""
    context = Context(seed=1, data=examples(family), task=LastLogits())
    parameters = {"epochs": 1, "batch_size": 8}
    result = apply_step("distillation", parameters, LayerRules(), base(family), context)
    assert len(list(result.module.modules())) < len(list(base(family).module.modules()))
    save(result, tmp_path / "model")
    assert torch.equal(outputs(load(tmp_path / "model"), family), outputs(result, family))


@pytest.mark.parametrize(
    "wrong", [{"num_attention_heads": 5}, {"hidden_size": -1}, {"num_attention_heads": 0}], ids=str
)
def test_sizes_that_do_not_go_together_are_refused_in_words(wrong: dict[str, int]) -> None:
    config = json.dumps({"model_type": "bert", "vocab_size": 50, **BERT, **wrong})
    with pytest.raises(UnusableInput, match="bert cannot be built"):
        CompressibleModel.create("huggingface", {"config": config, "classes": 2})
