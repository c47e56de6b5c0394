"""For whom the layers drift: planted groups are found, random ones are not."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.inspection.drift import group_drift, instance_drift


class Residual(nn.Module):
    """A stem, a branch that is added, and a ReLU that is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.branch, self.head = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 3)
        self.relu = nn.ReLU()

    def forward(self, inputs: Tensor) -> Tensor:
        """Return three logits."""
        found = self.relu(self.stem(inputs))
        answer: Tensor = self.head(self.relu(found + self.branch(found)))
        return answer


@pytest.fixture
def models() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(3)
    baseline = Residual().eval()
    model = copy.deepcopy(baseline)
    with torch.no_grad():
        model.get_parameter("branch.weight")[:, 0] += 5 * torch.sign(torch.randn(8))
    return model, baseline


@torch.no_grad()
def test_drift_of_each_instance_is_that_of_its_output(models: tuple[nn.Module, nn.Module]) -> None:
    model, baseline = models
    inputs = torch.randn(10, 8)
    keys, drift = instance_drift(model, baseline, inputs.split(4), {})
    names = [(key.module, key.number) for key in keys]
    assert names == [("stem", 0), ("relu", 0), ("branch", 0), ("relu", 1), ("head", 0)]
    now, before = model(inputs).double().numpy(), baseline(inputs).double().numpy()
    expected = np.linalg.norm(now - before, axis=1) / np.linalg.norm(before, axis=1)
    np.testing.assert_allclose(drift[:, -1], expected, rtol=1e-5)
    np.testing.assert_array_equal(drift[:, 0], 0)


@torch.no_grad()
def test_a_group_that_a_layer_fails_is_found(models: tuple[nn.Module, nn.Module]) -> None:
    model, baseline = models
    inputs = torch.randn(400, 8)
    hidden = baseline.get_submodule("stem")(inputs).relu()
    hit = hidden[:, 0] > hidden[:, 0].quantile(0.9)
    ordered = torch.cat([inputs[hit], inputs[~hit]])
    keys, drift = instance_drift(model, baseline, [ordered], {})
    found = group_drift(drift, int(hit.sum()))
    branch = [key.module for key in keys].index("branch")
    assert found["group"][branch] > found["control_high"][branch]
    assert found["p_adjusted"][branch] < 0.01
    assert found["excess_low"][branch] > 1
    assert np.argmax(np.nan_to_num(found["excess"])) == branch


def test_random_groups_are_seldom_found() -> None:
    """Of 200 groups without any difference, about 5 % have a p value of up to 0.05."""
    generator = np.random.default_rng(5)
    drift = generator.gamma(2.0, 1.0, (150, 200))
    found = group_drift(drift, 30, draws=400)
    assert 0.0 <= (found["p"] <= 0.05).mean() <= 0.12
    assert (found["p_adjusted"] > 0.05).mean() > 0.99
    np.testing.assert_allclose(found["control"], drift[30:].mean(axis=0), rtol=0.05)


def test_what_is_not_known_takes_no_part() -> None:
    drift = np.full((20, 2), np.nan)
    drift[:, 1] = np.arange(20)
    found = group_drift(drift, 5, draws=50)
    assert np.isnan([found["group"][0], found["p"][0], found["p_adjusted"][0]]).all()
    assert found["group"][1] == 2.0
