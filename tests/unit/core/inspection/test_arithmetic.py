"""How each layer computes while a model is measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.inspection.arithmetic import model_cost
from core.inspection.cost import module_cost
from core.registry import discover
from core.testing.contracts.families import Examples, small_model, small_networks

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    discover("core.models.sources")
    discover("core.compression.techniques")
    with small_networks():
        yield


def words(model: CompressibleModel, family: str) -> dict[str, str]:
    cost = model_cost(model, Examples(family).inputs(slice(0, 8)), device=CPU)
    plain = module_cost(model.module, Examples(family).inputs(slice(0, 8)), device=CPU)
    assert cost["flops"].tolist() == plain["flops"].tolist()
    assert cost["time_share"].sum() == pytest.approx(1)
    return dict(zip(cost["module"].tolist(), cost["arithmetic"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("technique", "parameters", "told"),
    [
        ("weight-only-quantization", {"bits": 4}, "float32 from 4-bit codes"),
        ("magnitude-pruning", {"sparsity": 0.5}, "float32"),
        ("palettization", {"bits": 3}, "float32 from 3-bit codes"),
    ],
)
def test_convolutions(technique: str, parameters: dict[str, Any], told: str) -> None:
    model = apply_step(technique, parameters, LayerRules(), small_model("resnet"), Context())
    found = words(model, "resnet")
    assert found["conv1"] == told
    assert found["bn1"] == "float32"
    assert found["relu"] == "no weights"


def test_rounded_inputs_and_int8_products() -> None:
    context = Context(data=Examples("bert"))
    model = apply_step("dynamic-int8", {}, LayerRules(), small_model("bert"), context)
    linear = {told for name, told in words(model, "bert").items() if name.endswith(("query", "dense"))}
    assert linear
    assert all(
        told.startswith("int8 weights and inputs (torch") or "inputs rounded to int8" in told
        for told in linear
    )
