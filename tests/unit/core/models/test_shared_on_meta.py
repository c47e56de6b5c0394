"""Networks without values have parameters of their own."""

import torch
from torch import nn

from core.models.shared_storage import apart


def test_parameters_without_storage_are_not_taken_for_one():
    with torch.device("meta"):
        module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    assert apart(module) == []
    assert len(list(module.parameters())) == 4
