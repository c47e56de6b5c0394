"""The loader that goes with exported models unpacks what was stored, without anything of ours."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.compression.base import Context, apply_step
from core.compression.checkpoints import load_weights
from core.compression.checkpoints.checkpoint import save
from core.compression.encoding.packing import pack
from core.compression.encoding.storage import same_bits
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.registry import discover

STEPS = {
    "nothing": [],
    "sparse": [("magnitude-pruning", {"sparsity": 0.8})],
    "3 bits in groups": [("weight-only-quantization", {"bits": 3, "granularity": "group", "group_size": 16})],
    "5 bits asymmetric": [("weight-only-quantization", {"bits": 5, "scheme": "asymmetric"})],
    "8 bits per tensor": [("weight-only-quantization", {"bits": 8, "granularity": "tensor"})],
    "palette": [("palettization", {"bits": 3})],
    "palettes": [("palettization", {"bits": 2, "granularity": "group", "group_size": 4})],
    "sparse palette": [("magnitude-pruning", {"sparsity": 0.9}), ("palettization", {"bits": 1})],
    "sparse grid": [("magnitude-pruning", {"sparsity": 0.7}), ("weight-only-quantization", {"bits": 6})],
    "bfloat16": [("float-casting", {"format": "bfloat16"})],
    "float8": [("float-casting", {"format": "float8-e4m3"})],
    "thin factors": [("low-rank", {"size": 0.5}), ("weight-only-quantization", {"bits": 4})],
}


@pytest.fixture(scope="module", autouse=True)
def registered() -> None:
    discover("core.compression.techniques")
    discover("core.models.sources")


@pytest.mark.parametrize("name", STEPS)
def test_weights_come_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    model = CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)
    for technique, parameters in STEPS[name]:
        model = apply_step(technique, parameters, LayerRules(), model, Context())
    save(model, tmp_path / "a")
    loaded, expected = load_weights.state_dict(str(tmp_path / "a")), model.module.state_dict()
    assert loaded.keys() == expected.keys()
    assert all(same_bits(loaded[key], expected[key]) for key in expected)
    assert load_weights.origin(str(tmp_path / "a"))["architecture"]["source"] == "residual-cnn"


@pytest.mark.parametrize("bits", range(1, 9))
def test_codes_are_unpacked_across_the_pieces(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_weights, "_CODES_AT_ONCE", 64)
    codes = torch.randint(0, 2**bits, (1003,), dtype=torch.uint8)
    packed = torch.from_numpy(pack(codes.numpy(), bits))
    assert torch.equal(load_weights._unpacked(packed, bits, 1003), codes)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    save(CompressibleModel.create("residual-cnn", {"width": 8}), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="altered"):
        load_weights.state_dict(str(path))
    path.write_bytes(content[:-100])
    with pytest.raises(ValueError, match="cut off"):
        load_weights.state_dict(str(path))


def test_it_stands_alone_and_writes_plain_tensors(tmp_path: Path) -> None:
    source = Path(load_weights.__file__)
    tree = ast.parse(source.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports
    }
    assert named == {"__future__", "ctypes", "json", "struct", "sys", "zlib", "typing", "torch"}
    model = CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)
    save(apply_step("palettization", {"bits": 3}, LayerRules(), model, Context()), tmp_path / "a")
    (tmp_path / "load_weights.py").write_bytes(source.read_bytes())
    command = [sys.executable, "-I", "load_weights.py", "a", "dense.safetensors"]
    subprocess.run(command, cwd=tmp_path, check=True)
    plain, expected = load_file(tmp_path / "dense.safetensors"), load_weights.state_dict(str(tmp_path / "a"))
    assert plain.keys() == expected.keys()
    assert all(same_bits(plain[key], expected[key]) for key in expected)
