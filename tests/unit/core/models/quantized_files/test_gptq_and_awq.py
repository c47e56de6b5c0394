"""GPTQ and AWQ against packers and decoders written from their definition, one code at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.unit.core.models.quantized_files.conftest import Write, imported, linear_names, require_equal

AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def stream(codes: list[int], bits: int) -> list[int]:
    """Pack codes into words of 32 bits one after another, lowest bit first."""
    whole = 0
    for place, code in enumerate(codes):
        whole |= int(code) << (place * bits)
    return [(whole >> (32 * word)) & 0xFFFFFFFF for word in range(-(-len(codes) * bits // 32))]


def words(rows: list[list[int]]) -> Tensor:
    return torch.from_numpy(np.array(rows, np.uint32).view(np.int32).copy())


class Drawn:
    """Codes `(inputs, outputs)`, zero points and scales `(groups, outputs)`, and what they decode to."""

    def __init__(self, shape: tuple[int, int], bits: int, group: int, order: list[int] | None = None) -> None:
        inputs, outputs = shape
        generator = np.random.default_rng(inputs * 1000 + outputs)
        self.order = order or [place // group for place in range(inputs)]
        groups = -(-inputs // group)
        self.codes = generator.integers(0, 2**bits, (inputs, outputs))
        self.zeros = generator.integers(0, 2**bits, (groups, outputs))
        self.scales = generator.uniform(0.001, 0.02, (groups, outputs)).astype(np.float16)
        weight = np.empty((outputs, inputs), np.float32)
        for place in range(inputs):
            which = self.order[place]
            for output in range(outputs):
                step = np.float32(int(self.codes[place, output]) - int(self.zeros[which, output]))
                weight[output, place] = step * np.float32(self.scales[which, output])
        self.weight = torch.from_numpy(weight)


def as_gptq(drawn: Drawn, bits: int, *, less_one: bool) -> dict[str, Tensor]:
    stored = (drawn.zeros - less_one) % 2**bits
    outputs = drawn.codes.shape[1]
    columns = [stream(list(drawn.codes[:, output]), bits) for output in range(outputs)]
    return {
        "qweight": words(columns).T.contiguous(),
        "qzeros": words([stream(list(row), bits) for row in stored]),
        "scales": torch.from_numpy(drawn.scales),
        "g_idx": torch.tensor(drawn.order, dtype=torch.int32),
    }


def as_awq(drawn: Drawn) -> dict[str, Tensor]:
    def interleaved(row: Any) -> list[int]:
        found = []
        for start in range(0, len(row), 8):
            word = 0
            for place in range(8):
                word |= int(row[start + AWQ_ORDER[place]]) << (4 * place)
            found.append(word)
        return found

    return {
        "qweight": words([interleaved(row) for row in drawn.codes]),
        "qzeros": words([interleaved(row) for row in drawn.zeros]),
        "scales": torch.from_numpy(drawn.scales),
    }


def shape_of(module: torch.nn.Module, layer: str) -> tuple[int, int]:
    """Inputs and outputs."""
    weight = module.get_submodule(layer).weight
    rows, columns = weight.shape  # type: ignore[union-attr]
    conv1d = type(module.get_submodule(layer)).__name__ == "Conv1D"
    return (rows, columns) if conv1d else (columns, rows)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("form", ["gptq", "gptq_v2"])
def test_gptq_decodes_to_the_bit_and_is_packed_again(llama: Any, write: Write, bits: int, form: str) -> None:
    tensors, expected = {}, {}
    for layer in linear_names(llama)[:3]:
        drawn = Drawn(shape_of(llama, layer), bits, 32)
        packed = as_gptq(drawn, bits, less_one=form == "gptq")
        tensors |= {f"{layer}.{part}": tensor for part, tensor in packed.items()}
        expected[f"{layer}.weight"] = drawn.weight
    said = {"quant_method": "gptq", "bits": bits, "group_size": 32, "checkpoint_format": form}
    model = imported(write(llama, tensors, said))
    require_equal(model, expected)
    assert set(model.encodings) == set(expected)
    assert {encoding.bits for encoding in model.encodings.values()} == {bits}
    assert f"GPTQ, {bits} bit, groups of 32, with zero points" in model.notes[0]


def test_gptq_in_the_order_of_activations_is_kept_in_full(llama: Any, write: Write) -> None:
    layer = linear_names(llama)[0]
    order = list(np.random.default_rng(5).permutation([0] * 32 + [1] * 32))
    drawn = Drawn(shape_of(llama, layer), 4, 32, [int(each) for each in order])
    tensors = {f"{layer}.{part}": tensor for part, tensor in as_gptq(drawn, 4, less_one=True).items()}
    said = {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": True}
    model = imported(write(llama, tensors, said))
    require_equal(model, {f"{layer}.weight": drawn.weight})
    assert not model.encodings
    assert model.notes[1].startswith("Stored here in full, 16 kB")


@pytest.mark.parametrize("group", [16, -1])
def test_awq_decodes_to_the_bit_in_its_order_of_outputs(gpt2: Any, write: Write, group: int) -> None:
    tensors, expected = {}, {}
    for layer in linear_names(gpt2)[:2]:
        inputs, outputs = shape_of(gpt2, layer)
        drawn = Drawn((inputs, outputs), 4, inputs if group == -1 else group)
        tensors |= {f"{layer}.{part}": tensor for part, tensor in as_awq(drawn).items()}
        expected[f"{layer}.weight"] = drawn.weight.T  # GPT-2 has its weights as (inputs, outputs)
    said = {"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": True, "version": "gemm"}
    model = imported(write(gpt2, tensors, said))
    require_equal(model, expected)
    assert set(model.encodings) == set(expected)


def test_old_files_say_how_they_are_quantized_beside_their_configuration(llama: Any, write: Write) -> None:
    layer = linear_names(llama)[0]
    drawn = Drawn(shape_of(llama, layer), 4, 32)
    tensors = {f"{layer}.{part}": tensor for part, tensor in as_gptq(drawn, 4, less_one=True).items()}
    folder: Path = write(llama, tensors, {})
    (folder / "quantize_config.json").write_text('{"bits": 4, "group_size": 32, "desc_act": false}')
    (folder / "model.safetensors").rename(folder / "gptq_model-4bit-32g.safetensors")
    require_equal(imported(folder), {f"{layer}.weight": drawn.weight})
