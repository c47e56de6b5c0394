"""GGUF files as llama.cpp writes them, of every type that is known, against the decoder of `gguf`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from core.compression.checkpoints.checkpoint import load, save
from core.domain.quantized_files.gguf import gguf_tensors
from tests.unit.core.models.quantized_files.conftest import imported, require_equal

FLOATS = ["F32", "F16", "BF16"]
BLOCKS_OF_32 = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"]
SCALES_OF_256 = {"Q2_K": (80, 84), "Q3_K": (108, 110), "Q4_K": (0, 4), "Q5_K": (0, 4), "Q6_K": (208, 210)}
"""Where the scales in half precision are in a block of 256 weights."""
Floats = NDArray[np.float32]


@pytest.mark.parametrize("kind", FLOATS + BLOCKS_OF_32 + list(SCALES_OF_256))
def test_a_llama_decodes_to_the_bit_and_is_stored_so(
    llama: Any, wide_llama: Any, tmp_path: Path, kind: str
) -> None:
    model = wide_llama if kind in SCALES_OF_256 else llama
    expected = write_llama(model, tmp_path / "model.gguf", kind)
    base = imported(tmp_path)
    require_equal(base, expected)
    packed = {name for name in expected if "proj" in name} if kind in {"Q4_0", "Q5_0", "Q8_0"} else set()
    assert packed <= set(base.encodings)
    listed = {
        tensor.name: (tensor.kind, tensor.size_bytes) for tensor in gguf_tensors(tmp_path / "model.gguf")
    }
    for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors:
        assert listed[tensor.name] == (tensor.tensor_type.name, tensor.n_bytes)
    assert bool(packed) == bool(base.encodings)
    save(base, tmp_path / "stored.safetensors")
    require_equal(load(tmp_path / "stored.safetensors"), expected)


def test_gpt2_has_its_weights_the_other_way_round(gpt2: Any, tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "gpt2")
    config, expected = gpt2.config, {}
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, config.n_layer)
    for name, tensor in gpt2.transformer.state_dict().items():
        owner, _, leaf = name.rpartition(".")
        conv1d = type(gpt2.transformer.get_submodule(owner)).__name__ == "Conv1D" and leaf == "weight"
        values = np.ascontiguousarray(tensor.numpy().T if conv1d else tensor.numpy())
        if conv1d:
            stored = gguf.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(
                f"{names.get_name(owner)}.{leaf}", stored, raw_dtype=gguf.GGMLQuantizationType.Q8_0
            )
            values = gguf.dequantize(stored, gguf.GGMLQuantizationType.Q8_0).T
        else:
            writer.add_tensor(f"{names.get_name(owner)}.{leaf}", values)
        expected[f"transformer.{name}"] = torch.from_numpy(np.ascontiguousarray(values))
    finish(writer)
    base = imported(tmp_path)
    require_equal(base, expected)
    assert len(base.encodings) == 4


@pytest.fixture(scope="module")
def wide_llama() -> LlamaForCausalLM:
    """A llama whose rows are as long as the longest blocks."""
    config = LlamaConfig(
        hidden_size=256,
        intermediate_size=256,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=32,
        max_position_embeddings=32,
    )
    return LlamaForCausalLM(config).eval()


def write_llama(model: Any, path: Path, kind: str) -> dict[str, Tensor]:
    """Write a llama as llama.cpp does, rows of queries and keys interleaved; return what it decodes to."""
    config, type_ = model.config, gguf.GGMLQuantizationType[kind]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    expected = {}
    for name, tensor in model.state_dict().items():
        owner, _, leaf = name.rpartition(".")
        values: Floats = tensor.numpy().astype(np.float32)
        if values.ndim < 2:
            writer.add_tensor(f"{names.get_name(owner)}.{leaf}", values)
            expected[name] = tensor
            continue
        heads = 0
        if "q_proj" in name or "k_proj" in name:
            heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
            values = values.reshape(heads, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
        stored = random_blocks(values.shape, kind) if kind in SCALES_OF_256 else gguf.quantize(values, type_)
        writer.add_tensor(f"{names.get_name(owner)}.{leaf}", stored, raw_dtype=type_)
        decoded = gguf.dequantize(stored, type_).astype(np.float32)
        if heads:
            decoded = decoded.reshape(heads, -1, 2, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
        expected[name] = torch.from_numpy(np.ascontiguousarray(decoded))
    finish(writer)
    return expected


def random_blocks(shape: tuple[int, ...], kind: str) -> NDArray[np.uint8]:
    """Blocks of random bytes with finite scales: `gguf` decodes these types, but writes none of them."""
    generator = np.random.default_rng(3)
    _, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
    blocks = generator.integers(0, 256, (shape[0], shape[1] // 256, size)).astype(np.uint8)
    first, end = SCALES_OF_256[kind]
    scales = generator.uniform(0.001, 0.01, (*blocks.shape[:2], (end - first) // 2)).astype(np.float16)
    blocks[:, :, first:end] = scales.view(np.uint8)
    return blocks.reshape(shape[0], -1)


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
