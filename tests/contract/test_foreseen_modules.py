"""What is known of a model's modules before queuing never refuses a step that a worker could carry out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import torch

from core.compression.attention import head_blocks
from core.compression.base import techniques
from core.compression.feed_forward import neuron_blocks
from core.compression.layers import parameterised_modules
from core.domain.module_table import ModuleTable
from core.inspection.cost import module_cost
from core.inspection.weights import weight_statistics
from core.registry import discover
from core.testing.families import FAMILIES, Examples, small_model, small_networks

discover("core.compression.techniques")
discover("core.models.sources")


@pytest.fixture(scope="module", autouse=True)
def networks() -> Iterator[None]:
    with small_networks():
        yield


@pytest.fixture
def table(family: str) -> ModuleTable:
    module = small_model(family).module
    inputs = Examples(family).inputs(slice(0, 1))
    return ModuleTable.seen(
        weight_statistics(module), module_cost(module, inputs, device=torch.device("cpu"))
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_every_module_that_rules_may_name_is_known(family: str, table: ModuleTable) -> None:
    for name in parameterised_modules(small_model(family).module):
        assert table.matches(f"^{re.escape(name)}$"), name


@pytest.mark.parametrize("family", FAMILIES)
def test_techniques_for_some_modules_suit_the_models_that_have_them(family: str, table: ModuleTable) -> None:
    module = small_model(family).module
    norms = any("BatchNorm" in type(child).__name__ for child in module.modules())
    has = {
        "head-pruning": bool(head_blocks(module)),
        "ffn-pruning": bool(neuron_blocks(module)),
        "calibrate-batch-norm": norms,
    }
    suits = {name: table.suits(techniques.get(name).works_on) for name in has}
    assert all(suits[name] for name, there in has.items() if there)
    assert suits["calibrate-batch-norm"] == norms
    assert suits["head-pruning"] == has["head-pruning"]
