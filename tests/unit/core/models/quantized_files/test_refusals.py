"""What is damaged, unknown or contradicts itself is refused by name, and nothing of it is imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from core.compression.model import CompressibleModel
from core.errors import UnusableInput
from tests.unit.core.models.quantized_files.conftest import Write, imported, linear_names
from tests.unit.core.models.quantized_files.test_gguf import write_llama
from tests.unit.core.models.quantized_files.test_gptq_and_awq import Drawn, as_gptq

LAYER = "model.layers.0.self_attn.q_proj"
Damage = Callable[[dict[str, Tensor], dict[str, Any]], None]


def drop(part: str) -> Damage:
    def damage(tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
        del tensors[f"{LAYER}.{part}"]

    return damage


def say(**values: Any) -> Damage:
    return lambda tensors, said: said.update(values)


def infinite(tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
    tensors[f"{LAYER}.scales"][0, 3] = float("inf")


def narrow(tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
    for part in ("qweight", "qzeros", "scales"):
        held = tensors[f"{LAYER}.{part}"]
        tensors[f"{LAYER}.{part}"] = held[:, : held.shape[1] // 2].contiguous()


def beyond(tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
    tensors[f"{LAYER}.g_idx"][5] = 7


def elsewhere(tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
    for part in ("qweight", "qzeros", "scales", "g_idx"):
        tensors[f"model.layers.9.mlp.up_proj.{part}"] = tensors[f"{LAYER}.{part}"].clone()


def unscaled(tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
    tensors["model.norm.weight"] = torch.ones(64, dtype=torch.int8)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (drop("scales"), f"{LAYER}.scales is missing"),
        (drop("qzeros"), f"{LAYER}.qzeros is missing"),
        (say(bits=8), f"the configuration says 8 bits, but {LAYER}.qzeros is packed with 4"),
        (say(group_size=16), f"{LAYER}.scales is 2 x 64, not 4 x 64, as of groups of 16"),
        (say(quant_method="hqq"), "The model was quantized with 'hqq', whose files cannot be read."),
        (say(checkpoint_format="marlin"), "the GPTQ layout 'marlin' is not known"),
        (say(bits="four"), "bits is 'four' in the configuration, not a whole number"),
        (infinite, f"The scales of {LAYER}.weight hold NaN or infinite values, 1 of 128."),
        (narrow, f"{LAYER}.weight is 32 x 64 in the files and 64 x 64 in the model."),
        (beyond, f"{LAYER}.weight has inputs in groups that it has no scales for: g_idx is 0 to 7"),
        (elsewhere, "The files hold the quantized weight model.layers.9.mlp.up_proj.weight"),
        (unscaled, "model.norm.weight is of type int8, and nothing says how these codes are scaled."),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_damaged_gptq_model_is_refused(llama: Any, write: Write, damage: Damage, told: str) -> None:
    tensors = {
        f"{LAYER}.{part}": tensor
        for part, tensor in as_gptq(Drawn((64, 64), 4, 32), 4, less_one=True).items()
    }
    said = {"quant_method": "gptq", "bits": 4, "group_size": 32}
    damage(tensors, said)
    with pytest.raises(UnusableInput) as raised:
        imported(write(llama, tensors, said))
    assert told in raised.value.message
    assert raised.value.hint


def test_missing_and_cut_off_files_are_refused(llama: Any, write: Write) -> None:
    tensors = {
        f"{LAYER}.{part}": tensor
        for part, tensor in as_gptq(Drawn((64, 64), 4, 32), 4, less_one=True).items()
    }
    folder = write(llama, tensors, {"quant_method": "gptq", "bits": 4, "group_size": 32})
    file = folder / "model.safetensors"
    content, index = file.read_bytes(), folder / "model.safetensors.index.json"
    with safe_open(file, framework="pt") as opened:
        held = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(UnusableInput, match=r"model.safetensors is not a readable safetensors file"):
        imported(folder)
    file.write_bytes(content)
    places = dict.fromkeys(held, "model.safetensors") | {"model.gone.weight": "model.safetensors"}
    index.write_text(json.dumps({"weight_map": places}))
    with pytest.raises(UnusableInput, match=r"lack 1 tensors that their index names.*model\.gone\.weight"):
        imported(folder)
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}}))
    with pytest.raises(UnusableInput, match=r"lacks model-00001-of-00002\.safetensors"):
        imported(folder)
    index.unlink()
    save_file({name: held[name] for name in held if "norm" not in name}, file)
    with pytest.raises(UnusableInput, match=r"The files lack 3 of the model's tensors.*layernorm"):
        imported(folder)


def test_4_bits_packed_as_8_are_refused_where_only_the_shape_tells(llama: Any, write: Write) -> None:
    tensors = {
        f"{LAYER}.weight_packed": torch.zeros(64, 16, dtype=torch.int32),
        f"{LAYER}.weight_scale": torch.ones(64, 1),
        f"{LAYER}.weight_shape": torch.tensor([64, 64]),
    }
    weights = {"num_bits": 4, "type": "int", "strategy": "channel", "symmetric": True}
    groups = {"group_0": {"targets": ["Linear"], "weights": weights}}
    said = {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": groups}
    with pytest.raises(UnusableInput, match=r"the shape 64 x 64 and 4 bits, but.* 8 bits for a weight"):
        imported(write(llama, tensors, said))


def test_gguf_that_is_cut_off_or_of_an_unknown_type_is_refused(llama: Any, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    write_llama(llama, file, "Q8_0")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(UnusableInput, match=r"model\.gguf is cut off: it has .* bytes, and its tensors end"):
        imported(tmp_path)
    q8, other = (int(gguf.GGMLQuantizationType[name]).to_bytes(4, "little") for name in ("Q8_0", "Q8_1"))
    name = b"blk.0.ffn_up.weight"
    place = content.index(name) + len(name) + 4 + 2 * 8  # the type follows the name and two sizes
    assert content[place : place + 4] == q8
    file.write_bytes(content[:place] + other + content[place + 4 :])
    with pytest.raises(UnusableInput, match=r"blk\.0\.ffn_up\.weight is of the type Q8_1, and known are"):
        imported(tmp_path)


def test_the_source_for_floating_point_models_points_here(llama: Any, write: Write) -> None:
    assert linear_names(llama)[0] == LAYER
    folder = write(llama, {}, {"quant_method": "gptq", "bits": 4})
    with pytest.raises(UnusableInput, match=r"is quantized \(gptq\)") as raised:
        CompressibleModel.create("huggingface", {"model": str(folder), "purpose": "causal"})
    assert "Quantized elsewhere" in raised.value.hint
