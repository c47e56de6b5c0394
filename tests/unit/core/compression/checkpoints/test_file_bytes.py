"""The bytes of a checkpoint by use add up to the file, and are what each form needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.file_bytes import file_bytes
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.registry import discover
from core.testing.contracts.families import FAMILIES, Examples, small_model, small_networks


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    discover("core.models.sources")
    discover("core.compression.techniques")
    with small_networks():
        yield


def uses(model: CompressibleModel, path: Path) -> dict[str, int]:
    """Return the bytes by use, after having compared their sum with the file."""
    summary = save(model, path)
    found = file_bytes(path, model.module)
    assert found["bytes"].sum() == path.stat().st_size == summary.file_bytes
    assert found["kind"][0] == "header"
    state = model.module.state_dict()
    numbers: dict[str, int] = {}
    for name, count in zip(found["tensor"].tolist(), found["numbers"].tolist(), strict=True):
        numbers[name] = numbers.get(name, 0) + count
    assert all(numbers[name] == state[name].numel() for name in numbers if name)
    return {kind: int(found["bytes"][found["kind"] == kind].sum()) for kind in set(found["kind"].tolist())}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("technique", "parameters"),
    [
        ("magnitude-pruning", {"sparsity": 0.7}),
        ("weight-only-quantization", {"bits": 4, "granularity": "group"}),
        ("palettization", {"bits": 2}),
        ("float-casting", {}),
    ],
    ids=["sparse", "grid", "palette", "cast"],
)
def test_uses_add_up(family: str, technique: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    context = Context(data=Examples(family))
    model = apply_step(technique, parameters, LayerRules(), small_model(family), context)
    assert uses(model, tmp_path / "model")
    uses(small_model(family), tmp_path / "base")


def test_codes_and_scales_are_as_large_as_their_numbers(tmp_path: Path) -> None:
    base = CompressibleModel.create("residual-cnn", {"width": 4})
    step = ("weight-only-quantization", {"bits": 4, "granularity": "channel"}, LayerRules())
    found = uses(apply_step(*step, base, Context()), tmp_path / "model")
    weights = [value for value in base.module.parameters() if value.dim() > 1]
    assert found["codes"] == sum(-(-value.numel() * 4 // 8) for value in weights)
    assert found["scales"] == sum(4 * len(value) for value in weights)
    assert "plain weights" not in found
    vectors = [value for value in base.module.state_dict().values() if value.dim() < 2]
    assert found["norms and biases"] == sum(value.numel() * value.itemsize for value in vectors)


def test_masks_take_a_bit_per_weight(tmp_path: Path) -> None:
    base = CompressibleModel.create("residual-cnn", {"width": 4})
    step = ("magnitude-pruning", {"sparsity": 0.75, "scope": "layer"}, LayerRules())
    pruned = apply_step(*step, base, Context())
    found = uses(pruned, tmp_path / "model")
    weights = [value for value in pruned.module.parameters() if value.dim() > 1]
    assert found["masks"] == sum(-(-value.numel() // 8) for value in weights)
    assert found["kept values"] == sum(4 * int(value.count_nonzero()) for value in weights)


def test_tables_that_are_looked_up_are_embeddings(tmp_path: Path) -> None:
    gpt2 = small_model("gpt2")
    found = uses(gpt2, tmp_path / "model")
    module = gpt2.module
    tables = {
        name: value
        for name, value in module.named_parameters()
        if name.endswith(("wte.weight", "wpe.weight"))
    }
    assert tables
    assert found["embeddings"] == sum(value.numel() * value.itemsize for value in tables.values())
