"""Int8 arithmetic: what rounding in floating point gives, computed with integers, also after a reload."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

import core.compression.techniques.dynamic_int8
import core.compression.techniques.fine_tune
import core.compression.techniques.int8_kernels
import core.compression.techniques.magnitude_pruning  # noqa: F401
from core.compression.activation_quantization.int8_arithmetic import Int8Arithmetic, int8_codes, int8_product
from core.compression.base import Context, apply_step, techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.claims import claims
from core.compression.model import CompressibleModel
from core.data.dataset import call
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.evaluation.profiling.operations import operation_counter
from core.models.base import Architecture
from core.registry import discover

discover("core.models.sources")


def step(model: CompressibleModel, technique: str, **parameters: object) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context())


def wrapped(module: nn.Module) -> CompressibleModel:
    return CompressibleModel(module.eval(), Architecture("none", {}))


def test_products_are_numpys() -> None:
    weight = torch.randn(13, 21)
    codes, scale = int8_codes(weight)
    rows = torch.randint(-127, 128, (5, 21), dtype=torch.int8)
    expected = rows.long().numpy() @ codes[:21, :13].long().numpy()
    assert (int8_product(rows, codes)[:, :13].numpy() == expected).all()
    assert int(codes.abs().max()) == 127
    assert float((codes[:21, :13].t() * scale[:, None] - weight).abs().max()) <= 0.5001 * float(scale.max())


@pytest.mark.parametrize("layer", [nn.Linear(20, 13), nn.Linear(16, 8, bias=False), Conv1D(13, 20)])
@pytest.mark.parametrize("shape", [(1,), (7,), (2, 5)], ids=["one", "seven", "two times five"])
def test_outputs_are_those_of_simulated_int8(layer: nn.Module, shape: tuple[int, ...]) -> None:
    model = wrapped(nn.Sequential(layer))
    inputs = torch.randn(*shape, 16 if isinstance(layer, nn.Linear) and layer.out_features == 8 else 20)
    real, simulated = (step(model, name).module for name in ("int8-kernels", "dynamic-int8"))
    assert isinstance(real[0], Int8Arithmetic)
    with torch.inference_mode():
        torch.testing.assert_close(real(inputs), simulated(inputs), rtol=1e-4, atol=1e-5)
        assert not torch.equal(real(inputs), model.module(inputs))
    with torch.no_grad():
        assert torch.equal(real(inputs * 0), model.module(inputs * 0))  # the bias alone


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5", "vit"])
def test_transformers_compute_in_int8_after_a_reload(family: str, tmp_path: Path) -> None:
    options = {"family": family, "width": 32, "layers": 1, "context": 16}
    base = CompressibleModel.create("tiny-transformer", options)
    model = step(base, "int8-kernels")
    tokens = torch.arange(5)[None]
    named = {"input_ids": tokens} | ({"decoder_input_ids": tokens} if family == "t5" else {})
    inputs = torch.rand(1, 3, 32, 32) if family == "vit" else named
    summary = save(model, tmp_path / "model")
    with torch.inference_mode():
        before, after = call(base.module, inputs), call(model.module, inputs)
        assert torch.equal(call(load(tmp_path / "model").module, inputs), after)
        assert torch.equal(call(model.copy().module, inputs), after)
    assert 0 < float((after - before).norm() / before.norm()) < 0.2
    assert claims(model, summary).speed == "real"


def test_changed_weights_are_noticed() -> None:
    model = step(wrapped(nn.Sequential(nn.Linear(16, 8))), "int8-kernels")
    inputs = torch.randn(3, 16)
    with torch.no_grad():
        before = model.module(inputs)
        pruned = step(model, "magnitude-pruning", sparsity=0.7)
        assert not torch.equal(pruned.module(inputs), before)
        model.module[0].weight.mul_(2)
        bias = model.module[0].bias
        torch.testing.assert_close(model.module(inputs) - bias, 2 * (before - bias))
        model.module.double()
        assert model.module(inputs.double()).dtype is torch.float64


def test_operations_are_counted() -> None:
    model = wrapped(nn.Sequential(nn.Linear(16, 8)))
    counts = []
    for module in (model.module, step(model, "int8-kernels").module):
        with operation_counter() as counter, torch.no_grad():
            module(torch.randn(4, 16))
        counts.append(counter.get_total_flops())
    assert counts[0] == counts[1] == 2 * 4 * 16 * 8


def test_training_goes_through() -> None:
    module = step(wrapped(nn.Sequential(nn.Linear(16, 8), nn.Linear(8, 2))), "int8-kernels").module.train()
    module(torch.randn(3, 16)).sum().backward()
    assert all(bool(parameter.grad.any()) for parameter in module.parameters())


def test_a_simulation_before_is_replaced() -> None:
    model = wrapped(nn.Sequential(nn.Linear(16, 8)))
    both = step(step(model, "dynamic-int8", per="tensor"), "int8-kernels")
    inputs = torch.randn(3, 16) * torch.tensor([[1e-3], [1.0], [10.0]])
    with torch.inference_mode():
        torch.testing.assert_close(both.module(inputs), step(model, "int8-kernels").module(inputs))


def test_networks_without_linear_layers_are_refused() -> None:
    with pytest.raises(UnusableInput, match="no linear layer"):
        step(wrapped(nn.Sequential(nn.Conv2d(3, 4, 3))), "int8-kernels")


def test_a_machine_without_integer_products_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert techniques.get("int8-kernels").spec().unavailable == ""
    monkeypatch.delattr(torch, "_int_mm")
    assert "no int8 matrix product" in techniques.get("int8-kernels").spec().unavailable
