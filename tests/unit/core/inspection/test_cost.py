"""What modules cost, against operations that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.inspection.cost import module_cost

CPU = torch.device("cpu")


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide, self.square, self.relu = nn.Linear(10, 30), nn.Linear(30, 30, bias=False), nn.ReLU()

    def forward(self, values: Tensor) -> Tensor:
        result: Tensor = self.square(self.relu(self.square(self.relu(self.wide(values)))))
        return result


def test_operations_and_calls_are_those_of_each_module() -> None:
    found = module_cost(Twice(), torch.zeros(4, 10), device=CPU)
    assert found["module"].tolist() == ["wide", "relu", "square"]
    assert found["module_type"].tolist() == ["Linear", "ReLU", "Linear"]
    assert found["calls"].tolist() == [1, 2, 2]
    assert found["parameters"].tolist() == [330, 0, 900]
    assert found["flops"].tolist() == [2 * 4 * 10 * 30, 0, 2 * 2 * 4 * 30 * 30]
    assert found["device"].tolist() == ["cpu"]


def test_shares_of_time_sum_to_one_and_slow_modules_have_most() -> None:
    module = nn.Sequential(nn.Linear(2000, 2000), nn.ReLU(), nn.Linear(2000, 2))
    found = module_cost(module, torch.zeros(64, 2000), device=CPU)
    assert found["time_share"].sum() == pytest.approx(1)
    assert np.argmax(found["time_share"]) == 0
    assert (found["time_ms"] > 0).all()


def test_nothing_is_left_behind() -> None:
    module = Twice()
    module_cost(module, torch.zeros(1, 10), device=CPU)
    assert not any(child._forward_hooks or child._forward_pre_hooks for child in module.modules())
