"""What happens when there is no memory to call a layer aside."""

from __future__ import annotations

from typing import NoReturn, cast

import pytest
import torch
from torch import nn

from core.inspection.calls import Key, ModuleCall
from core.inspection.layer_comparer import LayerComparer
from core.inspection.stepwise_forward import StepwiseForward


class FullWalk:
    def call_aside(self, *_: object) -> NoReturn:
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_memory_that_ends_is_no_layer_of_another_kind() -> None:
    former, layer = nn.Linear(2, 2), nn.Linear(2, 2)
    inputs = torch.ones(3, 2)
    before = ModuleCall(Key("layer", 0), former, (inputs,), {}, former(inputs))
    now = ModuleCall(Key("layer", 0), layer, (inputs,), {}, layer(inputs))
    with (
        LayerComparer(3, cast("StepwiseForward", FullWalk())) as comparer,
        pytest.raises(torch.OutOfMemoryError),
    ):
        comparer.measure(now, before)
