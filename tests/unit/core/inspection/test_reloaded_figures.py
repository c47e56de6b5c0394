"""Figures of stored models, read one tensor at a time, against plain NumPy on the reloaded checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.inspection.counterparts import matched
from core.inspection.pairs import weight_pair
from core.registry import discover
from core.testing.contracts.families import small_model, small_networks


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    discover("core.models.sources")
    discover("core.compression.techniques")
    with small_networks():
        yield


def made(name: str) -> CompressibleModel:
    if name == "resnet50":
        return CompressibleModel.create("torchvision", {"architecture": "resnet50", "classes": 10})
    return small_model(name)


@pytest.mark.parametrize("name", ["vit", "gpt2", "t5", pytest.param("resnet50", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("technique", "parameters"),
    [
        ("magnitude-pruning", {"sparsity": 0.6}),
        ("weight-only-quantization", {"bits": 4}),
        ("float-casting", {"format": "bfloat16"}),
        ("float-casting", {"format": "float16"}),
    ],
    ids=["sparse", "int4", "bfloat16", "float16"],
)
def test_pairs_are_numpys(name: str, technique: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    base = made(name)
    model = apply_step(technique, parameters, LayerRules(), base, Context())
    save(base, tmp_path / "base")
    save(model, tmp_path / "model")
    one, other = StoredWeights(tmp_path / "model"), StoredWeights(tmp_path / "base")
    found = weight_pair(matched(one, other), one, other)
    now, before = (dict(load(tmp_path / file).module.named_parameters()) for file in ("model", "base"))
    assert found["parameter"].tolist() == list(now)  # tied weights once
    for row, key in enumerate(now):
        value, old = (each[key].detach().double().numpy() for each in (now, before))
        assert found["count"][row] == value.size
        assert found["zeros"][row] == (value == 0).sum()
        assert found["zeros_gained"][row] == ((value == 0) & (old != 0)).sum()
        assert found["mean"][row] == pytest.approx(value.mean(), abs=1e-10)
        assert found["std"][row] == pytest.approx(value.std(), rel=1e-6, abs=1e-9)
        assert found["mean_abs_change"][row] == pytest.approx(np.abs(value - old).mean(), rel=1e-6, abs=1e-12)
        norm = np.linalg.norm(old)
        if norm:
            expected = np.linalg.norm(value - old) / norm
            assert found["relative_l2"][row] == pytest.approx(expected, rel=1e-6, abs=1e-12)
            if expected:
                assert found["sqnr_db"][row] == pytest.approx(-20 * np.log10(expected), abs=1e-5)
        histogram, _ = np.histogram(value, 64, (found["range_low"][row], found["range_high"][row]))
        assert np.abs(found["histogram"][row, 1:-1] - histogram).sum() <= max(4, value.size // 500)


def test_a_layer_that_became_all_zeros(tmp_path: Path) -> None:
    base = small_model("resnet")
    model = base.copy()
    with torch.no_grad():
        model.module.get_parameter("conv1.weight").zero_()
    save(base, tmp_path / "base")
    save(model, tmp_path / "model")
    one, other = StoredWeights(tmp_path / "model"), StoredWeights(tmp_path / "base")
    found = weight_pair(matched(one, other), one, other)
    row = found["parameter"].tolist().index("conv1.weight")
    assert found["zeros"][row] == found["zeros_gained"][row] == found["count"][row]
    assert found["relative_l2"][row] == pytest.approx(1.0)
    assert found["sqnr_db"][row] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(found["cosine"][row])
    assert found["distinct"][row] == 1
