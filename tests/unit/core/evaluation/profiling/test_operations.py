"""Operations of attention, against the formula, whichever kernel computes it."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import flop_registry

from core.compression.model import CompressibleModel
from core.data.dataset import call
from core.evaluation.profiling.operations import operation_counter
from core.inspection.cost import module_cost
from core.models.attention import SeparateAttention
from core.registry import discover

discover("core.models.sources")

INSTANCES, HEADS, TOKENS, OTHERS, SIZE = 2, 3, 5, 7, 4


@pytest.mark.parametrize("backend", [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH], ids=["flash", "math"])
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_both_products_of_attention_are_counted(backend: SDPBackend, mode: type) -> None:
    query = torch.randn(INSTANCES, HEADS, TOKENS, SIZE)
    key, value = torch.randn(2, INSTANCES, HEADS, OTHERS, SIZE)
    with mode(), sdpa_kernel(backend), operation_counter() as counter:
        functional.scaled_dot_product_attention(query, key, value)
    assert counter.get_total_flops() == 2 * 2 * INSTANCES * HEADS * TOKENS * OTHERS * SIZE


def test_attention_has_four_projections_besides() -> None:
    attention = SeparateAttention(12, 3)
    values = torch.randn(INSTANCES, TOKENS, 12)
    with operation_counter() as counter:
        attention(values, values, values)
    assert counter.get_total_flops() == 4 * 2 * INSTANCES * TOKENS * 12 * 12 + 4 * INSTANCES * TOKENS**2 * 12


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "vit"])
def test_transformers_are_counted_by_the_formula(family: str) -> None:
    width, layers, tokens = 32, 2, 16
    options = {"family": family, "width": width, "layers": layers, "context": 32, "heads": 4}
    module = CompressibleModel.create("tiny-transformer", options).module
    inputs = torch.rand(1, 3, 32, 32) if family == "vit" else {"input_ids": torch.arange(tokens)[None]}
    with torch.no_grad(), operation_counter() as counter:
        call(module, inputs)
    own = module_cost(module, inputs, device=torch.device("cpu"))
    if family == "vit":
        patch = module.config.patch_size
        tokens = (module.config.image_size // patch) ** 2 + 1
    assert counter.get_total_flops() - own["flops"].sum() == layers * 4 * tokens**2 * width


@pytest.mark.parametrize("kernel", ["efficient", "flash", "cudnn"])
def test_torch_itself_knows_the_kernels_of_gpus(kernel: str) -> None:
    assert getattr(torch.ops.aten, f"_scaled_dot_product_{kernel}_attention") in flop_registry


def test_integer_products_are_counted_like_others() -> None:
    one, other = torch.ones(8, 16, dtype=torch.int8), torch.ones(16, 24, dtype=torch.int8)
    with operation_counter() as counter:
        torch._int_mm(one, other)
    assert counter.get_total_flops() == 2 * 8 * 16 * 24


def test_what_is_counted_outside_stays_outside() -> None:
    layer = nn.Linear(4, 4)
    layer(torch.ones(1, 4))
    with operation_counter() as counter:
        pass
    assert counter.get_total_flops() == 0
