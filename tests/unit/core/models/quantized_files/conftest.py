"""Folders with small quantized models, written the way that the tools write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from core.compression.model import CompressibleModel
from core.registry import discover

discover("core.models.sources")
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def llama() -> LlamaForCausalLM:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = LlamaConfig(
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=1,
            num_attention_heads=4,
            num_key_value_heads=2,
            vocab_size=96,
            max_position_embeddings=32,
        )
        return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="session")
def gpt2() -> GPT2LMHeadModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            n_embd=64, n_layer=1, n_head=4, vocab_size=96, n_positions=32, bos_token_id=1, eos_token_id=2
        )
        return GPT2LMHeadModel(config).eval()


def linear_names(module: torch.nn.Module) -> list[str]:
    """Names of the layers that tools quantize: all but the head."""
    kinds = {"Linear", "Conv1D"}
    return [
        name for name, child in module.named_modules() if type(child).__name__ in kinds and name != "lm_head"
    ]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(
        module: Any,
        tensors: Mapping[str, Tensor],
        quantization: Mapping[str, Any],
        metadata: Mapping[str, str] | None = None,
    ) -> Path:
        """Write a folder: the quantized tensors, and all of the module's that no layer of them holds."""
        layers = {name.rpartition(".")[0].removesuffix(".weight") for name in tensors}
        rest = {
            name: tensor.contiguous().clone()
            for name, tensor in module.state_dict().items()
            if name not in tensors
            and not (name.rpartition(".")[0] in layers and name.endswith(".weight"))
            and name != ("lm_head.weight" if module.config.tie_word_embeddings else "")
        }
        folder = tmp_path / "model"
        folder.mkdir(exist_ok=True)
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(
            {**rest, **whole}, folder / "model.safetensors", metadata={"format": "pt", **(metadata or {})}
        )
        config = json.loads(module.config.to_json_string())
        (folder / "config.json").write_text(json.dumps({**config, "quantization_config": dict(quantization)}))
        return folder

    return _write


def imported(folder: Path, **more: Any) -> CompressibleModel:
    parameters = {"model": str(folder), "purpose": "causal", **more}
    return CompressibleModel.create("quantized", parameters)


def require_equal(model: CompressibleModel, expected: Mapping[str, Tensor]) -> None:
    """Every weight has the very bits expected of it."""
    state = model.module.state_dict()
    for name, weight in expected.items():
        assert torch.equal(state[name], weight), name
