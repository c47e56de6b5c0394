"""bitsandbytes against a decoder written from its definition, one number at a time."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.unit.core.models.quantized_files.conftest import Write, imported, linear_names, require_equal

NF4 = [
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635),
    *(-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725),
    *(0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941),
    *(0.7229568362236023, 1.0),
]


def test_int8_decodes_with_a_scale_for_each_output(llama: Any, write: Write) -> None:
    layer = linear_names(llama)[0]
    generator = np.random.default_rng(1)
    codes = generator.integers(-127, 128, (64, 64)).astype(np.int8)
    scb = generator.uniform(0.1, 3.0, 64).astype(np.float32)
    expected = np.empty((64, 64), np.float32)
    for row in range(64):
        for column in range(64):
            expected[row, column] = np.float32(codes[row, column]) * (scb[row] / np.float32(127))
    tensors = {
        f"{layer}.weight": torch.from_numpy(codes),
        f"{layer}.SCB": torch.from_numpy(scb),
        f"{layer}.weight_format": torch.tensor(0, dtype=torch.uint8),
    }
    model = imported(write(llama, tensors, {"quant_method": "bitsandbytes", "load_in_8bit": True}))
    require_equal(model, {f"{layer}.weight": torch.from_numpy(expected)})
    assert model.encodings[f"{layer}.weight"].bits == 8
    assert any("outlier activations" in note for note in model.notes)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("table", ["nf4", "fp4"])
def test_4_bits_decode_from_their_table_with_scales_of_blocks(
    llama: Any, write: Write, table: str, nested: bool
) -> None:
    layer, blocks, generator = linear_names(llama)[0], 64 * 64 // 64, np.random.default_rng(2)
    values = np.array(NF4 if table == "nf4" else sorted(generator.normal(size=16)), np.float32)
    codes = generator.integers(0, 16, 64 * 64)
    packed = [(int(codes[place]) << 4) | int(codes[place + 1]) for place in range(0, len(codes), 2)]
    state = {"quant_type": table, "blocksize": 64, "dtype": "float16", "shape": [64, 64]}
    tensors: dict[str, Tensor] = {
        f"{layer}.weight": torch.tensor(packed, dtype=torch.uint8).reshape(-1, 1),
        f"{layer}.weight.quant_map": torch.from_numpy(values),
    }
    if nested:
        inner = generator.integers(0, 256, blocks).astype(np.uint8)
        outer = generator.uniform(0.01, 0.1, blocks // 32).astype(np.float32)
        dynamic = np.linspace(-1, 1, 256).astype(np.float32)
        state |= {"nested_blocksize": 32, "nested_dtype": "float32", "nested_offset": 0.25}
        scales = [dynamic[inner[block]] * outer[block // 32] + np.float32(0.25) for block in range(blocks)]
        tensors |= {
            f"{layer}.weight.absmax": torch.from_numpy(inner),
            f"{layer}.weight.nested_absmax": torch.from_numpy(outer),
            f"{layer}.weight.nested_quant_map": torch.from_numpy(dynamic),
        }
    else:
        scales = list(generator.uniform(0.01, 0.1, blocks).astype(np.float32))
        tensors[f"{layer}.weight.absmax"] = torch.from_numpy(np.array(scales, np.float32))
    text = torch.frombuffer(bytearray(json.dumps(state).encode()), dtype=torch.uint8)
    tensors[f"{layer}.weight.quant_state.bitsandbytes__{table}"] = text
    expected = [values[code] * np.float32(scales[place // 64]) for place, code in enumerate(codes)]
    said = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": table}
    model = imported(write(llama, tensors, said))
    require_equal(model, {f"{layer}.weight": torch.tensor(np.array(expected)).reshape(64, 64)})
    assert "bitsandbytes, 4 bit, groups of 64" in model.notes[0]
    assert model.notes[1].startswith("Stored here in full, 16 kB")
