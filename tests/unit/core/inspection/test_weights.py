"""Weight statistics against numpy, and against a parent."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.inspection.tensors.distances import distance
from core.inspection.tensors.moments import Moments, tally
from core.inspection.tensors.ranges import finite_range
from core.inspection.weights import weight_statistics
from core.registry import discover


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(300, 250))


def moments(values: torch.Tensor) -> Moments:
    return tally(values, *finite_range(values)).moments


def test_figures_are_numpys() -> None:
    module = network()
    with torch.no_grad():
        module[2].weight[:100] = 0
    found = weight_statistics(module)
    assert found["parameter"].tolist() == [name for name, _ in module.named_parameters()]
    assert found["module"].tolist() == ["0", "0", "1", "1", "2", "2"]
    assert found["module_type"].tolist() == ["Conv2d"] * 2 + ["BatchNorm2d"] * 2 + ["Linear"] * 2
    for row, parameter in enumerate(module.parameters()):
        values = parameter.detach().double().numpy()
        assert found["count"][row] == values.size
        assert found["zeros"][row] == (values == 0).sum()
        assert found["mean"][row] == pytest.approx(values.mean(), abs=1e-12)
        assert found["std"][row] == pytest.approx(values.std(), abs=1e-9)
        assert found["min"][row] == values.min()
        assert found["max"][row] == values.max()
        assert found["mean_abs"][row] == pytest.approx(np.abs(values).mean())


def test_histograms_hold_every_value() -> None:
    found = weight_statistics(network())
    assert found["histogram"].shape == (6, 66)
    np.testing.assert_array_equal(found["histogram"].sum(axis=1), found["count"])
    np.testing.assert_array_equal(found["histogram"][:, [0, -1]], 0)


def test_histogram_bins_are_numpys() -> None:
    values = torch.randn(100_000)
    expected, _ = np.histogram(values.double().numpy(), bins=64, range=(-2, 2))
    found = tally(values, -2, 2).histogram
    assert np.abs(found[1:-1] - expected).sum() <= 10  # values on an edge may be rounded to either side
    assert found[0] == (values < -2).sum()
    assert found[-1] == (values > 2).sum()


def test_the_range_is_the_parents() -> None:
    parent, child = network(), network()
    with torch.no_grad():
        child[2].weight.mul_(3)
    found = weight_statistics(child, baseline=parent.state_dict())
    assert found["range_low"][4] == pytest.approx(float(parent[2].weight.detach().min()))
    assert found["histogram"][4, 0] > 0
    assert found["histogram"][4, -1] > 0
    assert found["histogram"][4].sum() == found["count"][4]


def test_change_against_the_parent() -> None:
    parent, child = network(), network()
    with torch.no_grad():
        child[2].weight.mul_(0.9)
    found = weight_statistics(child, baseline=parent.state_dict())
    assert found["relative_l2"][4] == pytest.approx(0.1, rel=1e-5)
    assert found["sqnr_db"][4] == pytest.approx(20, rel=1e-5)
    assert found["cosine"][4] == pytest.approx(1)
    assert found["relative_l2"][0] == 0
    assert found["sqnr_db"][0] == np.inf


def test_a_parameter_the_parent_lacks_has_no_change() -> None:
    parent = nn.Sequential(nn.Conv2d(3, 4, 3))
    found = weight_statistics(network(), baseline=parent.state_dict())
    assert np.isnan(found["relative_l2"]).all()
    assert found["histogram"][0].sum() == found["count"][0]


def test_shared_weights_are_listed_once() -> None:
    module = nn.ModuleDict({"a": nn.Linear(3, 3, bias=False), "b": nn.Linear(3, 3, bias=False)})
    module["b"].weight = module["a"].weight
    assert weight_statistics(module)["parameter"].tolist() == ["a.weight"]


def test_a_model_without_parameters_has_empty_arrays() -> None:
    assert weight_statistics(nn.ReLU())["histogram"].shape == (0, 66)


def test_sums_do_not_overflow_in_half_precision() -> None:
    values = torch.full((300_000,), 60_000.0, dtype=torch.float16)
    found = moments(values)
    assert found.mean == float(values[0])
    assert found.std == 0
    assert distance(values, values / 2).relative_l2 == pytest.approx(1)


def test_odd_values_are_counted_apart() -> None:
    found = moments(torch.tensor([1.0, float("nan"), 0.0, -3.0]))
    assert (found.count, found.nans, found.zeros) == (4, 1, 1)
    assert found.mean == pytest.approx(-2 / 3)
    assert (found.minimum, found.maximum) == (-3, 1)
    infinite = moments(torch.tensor([1.0, float("inf")]))
    assert infinite.maximum == float("inf")
    assert np.isnan(infinite.std)
    assert np.isnan(moments(torch.tensor([float("nan")])).mean)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 3.0], (1.0, 3.0)),
        ([2.0, 2.0], (1.5, 2.5)),
        ([float("nan"), -1.0, float("inf"), 4.0], (-1.0, 4.0)),
        ([float("nan")], (0.0, 1.0)),
        ([], (0.0, 1.0)),
    ],
)
def test_ranges_are_finite(values: list[float], expected: tuple[float, float]) -> None:
    assert finite_range(torch.tensor(values)) == expected


def test_change_from_nothing_is_unknown() -> None:
    found = distance(torch.ones(3), torch.zeros(3))
    assert np.isnan(found.relative_l2)
    assert np.isnan(found.cosine)
    assert distance(torch.zeros(3), torch.zeros(3)).relative_l2 == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_the_models_are_left_alone(dtype: torch.dtype) -> None:
    module, other = network().to(dtype), network(1).to(dtype)
    before = copy.deepcopy([module.state_dict(), other.state_dict()])
    weight_statistics(module, baseline=other.state_dict())
    for state, now in zip(before, (module, other), strict=True):
        assert all(torch.equal(state[name], tensor) for name, tensor in now.state_dict().items())


def test_values_can_come_from_a_file(tmp_path: Path) -> None:
    discover("core.models.sources")
    discover("core.compression.techniques")
    base = CompressibleModel.create("residual-cnn", {"width": 4})
    step = ("weight-only-quantization", {"bits": 4}, LayerRules())
    small = apply_step(*step, base, Context())
    forms = save(small, tmp_path / "small").tensors
    save(base, tmp_path / "base")
    with torch.device("meta"):
        shell = CompressibleModel.create("residual-cnn", {"width": 4}).module
    streamed = weight_statistics(
        shell,
        values=StoredWeights(tmp_path / "small"),
        baseline=StoredWeights(tmp_path / "base"),
        forms=forms,
    )
    held = weight_statistics(small.module, baseline=base.module.state_dict(), forms=forms)
    assert streamed.keys() == held.keys()
    for name, array in held.items():
        np.testing.assert_array_equal(streamed[name], array, err_msg=name)


def test_forms_say_what_storing_takes(tmp_path: Path) -> None:
    discover("core.models.sources")
    discover("core.compression.techniques")
    base = CompressibleModel.create("residual-cnn", {"width": 4})
    small = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), base, Context())
    summary = save(small, tmp_path / "small")
    found = weight_statistics(small.module, forms=summary.tensors)
    convolution = found["parameter"].tolist().index("stages.0.first.0.weight")
    assert found["form"][convolution] == "grid"
    assert found["code_bits"][convolution] == 4
    assert found["granularity"][convolution] == "channel"
    assert 0 < found["scale_min"][convolution] <= found["scale_max"][convolution]
    assert found["distinct"][convolution] <= 16 * 4
    assert found["stored_bits"][convolution] < 0.5 * 32 * found["count"][convolution]
    dense = found["form"].tolist().index("dense")
    assert found["code_bits"][dense] == 0
    assert np.isnan(found["scale_min"][dense])


def test_infinite_weights_are_counted() -> None:
    module = network()
    with torch.no_grad():
        module[2].weight[0, :3] = torch.tensor([float("inf"), float("-inf"), float("nan")])
    found = weight_statistics(module, baseline=network().state_dict())
    assert (found["infinities"][4], found["nans"][4]) == (2, 1)
    assert found["histogram"][4].sum() == found["count"][4] - 1
    assert found["histogram"][4, 0] == found["histogram"][4, -1] == 1
    assert np.isnan(found["sqnr_db"][4])
