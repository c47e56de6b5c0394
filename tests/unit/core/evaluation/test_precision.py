"""Evaluating in half precision: where it is used, and that results stay close."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.data.base import load_data
from core.data.dataset import Dataset
from core.evaluation.base import tasks
from core.evaluation.precision import computing_in
from core.ports import Silent
from core.registry import discover

discover("core.evaluation.tasks")
discover("core.data.sources")

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", {}, "test")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_multiplies_in_it(precision: str) -> None:
    layer, values = nn.Linear(8, 4), torch.randn(3, 8)
    seen = []
    module = nn.Sequential(layer, nn.Identity())
    module[1].register_forward_hook(lambda _module, _inputs, result: seen.append(result.dtype))
    with computing_in(precision, module, CPU):
        found = module(values)
    assert seen == [getattr(torch, precision)]
    assert found.dtype == layer.weight.dtype == torch.float32
    assert not torch.equal(found, layer(values))
    assert "forward" not in vars(module)
    torch.testing.assert_close(found.float(), layer(values), atol=0.05, rtol=0.05)


def test_full_precision_changes_nothing() -> None:
    layer, values = nn.Linear(8, 4), torch.randn(3, 8)
    with computing_in("float32", layer, CPU):
        assert torch.equal(layer(values), layer(values))
        assert layer(values).dtype == torch.float32


def test_other_precisions_are_refused() -> None:
    with pytest.raises(ValueError, match="float8"), computing_in("float8", nn.Linear(1, 1), CPU):
        pass


def test_half_precision_evaluates_nearly_the_same(digits: Dataset) -> None:
    task, module = tasks.get("image-classification"), nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    full = task.evaluate(module, digits, batch_size=64, device=CPU, progress=Silent())
    with computing_in("bfloat16", module, CPU):
        half = task.evaluate(module, digits, batch_size=64, device=CPU, progress=Silent())
    assert half.metrics["loss"] == pytest.approx(full.metrics["loss"], rel=0.02)
    assert half.metrics["loss"] != full.metrics["loss"]
