"""compressed-tensors, torchao and GGUF as their own libraries write them, decoded as these do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from torch import Tensor

from tests.unit.core.models.quantized_files.conftest import Write, imported, linear_names, require_equal


@pytest.mark.parametrize(
    ("form", "args"),
    [
        ("int-quantized", {"num_bits": 8, "strategy": "channel"}),
        ("naive-quantized", {"num_bits": 8, "strategy": "tensor", "symmetric": False}),
        ("pack-quantized", {"num_bits": 4, "strategy": "group", "group_size": 32}),
        ("pack-quantized", {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": False}),
        ("pack-quantized", {"num_bits": 8, "strategy": "channel"}),
        ("pack-quantized", {"num_bits": 3, "strategy": "channel", "symmetric": False}),
        ("float-quantized", {"num_bits": 8, "type": "float", "strategy": "channel"}),
        ("float-quantized", {"num_bits": 8, "type": "float", "strategy": "tensor"}),
    ],
    ids=lambda each: each if isinstance(each, str) else "-".join(map(str, each.values())),
)
def test_compressed_tensors_decode_as_its_library_does(
    llama: Any, write: Write, form: str, args: dict[str, Any]
) -> None:
    weights = QuantizationArgs(**args)
    scheme = QuantizationScheme(targets=["Linear"], weights=weights)
    compressor = BaseCompressor.get_value_from_registry(form)
    tensors, expected = {}, {}
    for layer in linear_names(llama):
        weight = llama.get_submodule(layer).weight.detach()
        stored = compressor.compress(_scaled(weight, weights), scheme)
        tensors |= {f"{layer}.{part}": tensor for part, tensor in stored.items()}
        expected[f"{layer}.weight"] = compressor.decompress(dict(stored), scheme)["weight"] + 0.0
    groups = {"group_0": {"targets": ["Linear"], "weights": weights.model_dump(mode="json")}}
    said = {
        "quant_method": "compressed-tensors",
        "format": form,
        "config_groups": groups,
        "ignore": ["lm_head"],
    }
    model = imported(write(llama, tensors, said))
    require_equal(model, expected)
    assert set(model.encodings) == set(expected)


def _scaled(weight: Tensor, args: QuantizationArgs) -> dict[str, Tensor]:
    """A weight with scales and zero points in the shapes that its strategy asks for."""
    size = {"tensor": weight.numel(), "channel": weight.shape[1]}.get(str(args.strategy), args.group_size)
    blocks = weight.reshape(-1, size)
    low, high = blocks.amin(1).clamp(max=0), blocks.amax(1).clamp(min=0)
    if args.symmetric:
        most = 448.0 if args.type == "float" else 2 ** (args.num_bits - 1) - 1
        scale, zero = torch.maximum(high, -low) / most, torch.zeros_like(low)
    else:
        scale = (high - low) / (2**args.num_bits - 1)
        zero = torch.round(-low / scale) - 2 ** (args.num_bits - 1)
    shape = (1,) if args.strategy == "tensor" else (len(weight), -1)
    return {
        "weight": weight,
        "weight_scale": scale.reshape(shape),
        "weight_zero_point": zero.to(torch.int8).reshape(shape),
    }


@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("kind", ["int8", "int8 groups", "int4 groups", "fp8"])
def test_torchao_decodes_as_its_library_does(llama: Any, write: Write, kind: str, file: str) -> None:
    from torchao.prototype.safetensors.safetensors_support import flatten_tensor_state_dict
    from torchao.quantization import (
        Float8WeightOnlyConfig,
        Int8WeightOnlyConfig,
        IntxWeightOnlyConfig,
        quantize_,
    )
    from torchao.quantization.granularity import PerGroup

    chosen = {
        "int8": Int8WeightOnlyConfig(),
        "int8 groups": Int8WeightOnlyConfig(granularity=PerGroup(32)),
        "int4 groups": IntxWeightOnlyConfig(weight_dtype=torch.int4, granularity=PerGroup(32)),
        "fp8": Float8WeightOnlyConfig(),
    }[kind]
    layers = linear_names(llama)[:2]
    holder = torch.nn.ModuleDict(
        {
            layer.replace(".", "-"): torch.nn.Linear(64, len(llama.get_submodule(layer).weight), bias=False)
            for layer in layers
        }
    )
    quantize_(holder, chosen)
    quantized = {f"{name.replace('-', '.')}.weight": child.weight.data for name, child in holder.items()}
    tensors, metadata = flatten_tensor_state_dict(quantized)
    folder: Path = write(llama, tensors, {"quant_method": "torchao"}, metadata)
    if file.endswith(".bin"):
        plain = {name: tensor for name, tensor in llama.state_dict().items() if name not in quantized}
        torch.save({**plain, **quantized}, folder / file)
        (folder / "model.safetensors").unlink()
    model = imported(folder)
    require_equal(model, {name: weight.dequantize() + 0.0 for name, weight in quantized.items()})
    assert set(model.encodings) == set(quantized)
