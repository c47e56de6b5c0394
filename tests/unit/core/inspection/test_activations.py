"""Activation statistics against outputs that are simply kept and compared with numpy."""

from __future__ import annotations

import copy
import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.compression.activation_quantization.activations import DynamicQuantizer, attach
from core.inspection import layer_comparer
from core.inspection.activations import activation_statistics
from core.inspection.calls import Key, innermost_calls
from core.inspection.stepwise_forward import StepwiseForward
from core.inspection.tensors.similarity import gram, linear_cka


class Network(nn.Module):
    """One activation function used three times, changed in place between layers, and a residual sum."""

    def __init__(self, width: int = 6, *, inplace: bool = True) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.relu = nn.ReLU(inplace=inplace)
        self.dropout = nn.Dropout()
        self.head = nn.Linear(width, 4)

    def forward(self, images: Tensor) -> Tensor:
        shortcut = self.relu(self.norm(self.first(images)))
        total = self.second(shortcut)
        total += shortcut
        pooled = self.relu(total).mean(dim=(2, 3))
        result: Tensor = self.relu(self.head(self.dropout(pooled)))
        return result


CALLS = [
    ("first", 0),
    ("norm", 0),
    ("relu", 0),
    ("second", 0),
    ("relu", 1),
    ("head", 0),
    ("relu", 2),
]


def network(seed: int = 0, **options: Any) -> Network:
    torch.manual_seed(seed)
    return Network(**options).eval()


def rounded(module: nn.Module, *names: str) -> nn.Module:
    changed = copy.deepcopy(module)
    with torch.no_grad():
        for name in names:
            weight = changed.get_parameter(f"{name}.weight")
            weight.copy_((weight * 16).round() / 16)
    return changed


def images(instances: int = 12) -> Tensor:
    return torch.randn(instances, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def outputs(module: nn.Module, inputs: Tensor) -> list[np.ndarray]:
    """Keep every output, which is what the product does not do."""
    kept: list[np.ndarray] = []
    module = copy.deepcopy(module)
    for child in module.modules():
        if isinstance(child, nn.ReLU):
            child.inplace = False
        if not list(child.children()) and not isinstance(child, nn.Dropout):
            child.register_forward_hook(lambda _m, _i, out: kept.append(out.double().numpy().copy()))
    with torch.no_grad():
        module(inputs)
    return kept


def test_every_call_of_a_shared_module_is_a_row() -> None:
    found = activation_statistics(network(), images())
    rows = list(zip(found["module"].tolist(), found["call"].tolist(), strict=True))
    assert rows == CALLS
    assert found["module_type"].tolist()[:3] == ["Conv2d", "BatchNorm2d", "ReLU"]
    assert found["instances"].tolist() == [12]


def test_figures_are_those_of_the_outputs() -> None:
    module, inputs = network(), images()
    found = activation_statistics(module, inputs)
    for row, values in enumerate(outputs(module, inputs)):
        assert found["count"][row] == values.size
        assert found["zeros"][row] == (values == 0).sum()
        assert found["mean"][row] == pytest.approx(values.mean(), abs=1e-6)
        assert found["std"][row] == pytest.approx(values.std(), rel=1e-5)
        assert found["min"][row] == pytest.approx(values.min(), rel=1e-5)
        assert found["max"][row] == pytest.approx(values.max(), rel=1e-5)
        assert found["histogram"][row].sum() == values.size
        assert found["histogram"][row, [0, -1]].tolist() == [0, 0]


def test_comparisons_are_those_of_the_outputs() -> None:
    base, inputs = network(), images()
    small = rounded(base, "first", "second")
    found = activation_statistics(small, inputs, baseline=base)
    for row, (values, before) in enumerate(zip(outputs(small, inputs), outputs(base, inputs), strict=True)):
        relative = np.linalg.norm(values - before) / np.linalg.norm(before)
        assert found["relative_l2"][row] == pytest.approx(relative, rel=1e-4)
        assert found["sqnr_db"][row] == pytest.approx(-20 * np.log10(relative), rel=1e-4)
        cosine = (values * before).sum() / np.linalg.norm(values) / np.linalg.norm(before)
        assert found["cosine"][row] == pytest.approx(cosine, rel=1e-6)
        assert found["cka"][row] == pytest.approx(cka(values, before), rel=1e-4)


def cka(one: np.ndarray, other: np.ndarray) -> float:
    """Linear CKA by the features, the other way round than the product computes it."""
    x, y = (values.reshape(len(values), -1) for values in (one, other))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    norm = np.linalg.norm
    return float(norm(y.T @ x) ** 2 / (norm(x.T @ x) * norm(y.T @ y)))


def test_local_error_is_that_of_one_layer_given_the_baselines_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_comparer, "LOCAL_INSTANCES", 12)
    base, inputs = network(), images()
    everything = activation_statistics(rounded(base, "first", "second"), inputs, baseline=base)
    for row, name in ((0, "first"), (3, "second")):
        only = activation_statistics(rounded(base, name), inputs, baseline=base)
        assert everything["sqnr_local_db"][row] == pytest.approx(only["sqnr_db"][row], rel=1e-4)
    assert everything["sqnr_local_db"][3] > everything["sqnr_db"][3]
    unchanged = [row for row, (name, _) in enumerate(CALLS) if name not in ("first", "second")]
    assert np.isposinf(everything["sqnr_local_db"][unchanged]).all()
    assert np.isfinite(everything["sqnr_db"][unchanged]).all()


def test_a_few_instances_are_enough_for_the_local_error() -> None:
    base, inputs = network(), images(32)
    found = activation_statistics(rounded(base, "first"), inputs, baseline=base)
    assert found["sqnr_local_db"][0] == pytest.approx(found["sqnr_db"][0], abs=1)


def test_a_model_beside_itself_differs_nowhere() -> None:
    found = activation_statistics(network(), images(), baseline=network())
    assert np.isposinf(found["sqnr_db"]).all()
    np.testing.assert_allclose(found["cka"], 1)


def test_the_histogram_covers_the_baselines_range() -> None:
    base = network()
    louder = copy.deepcopy(base)
    with torch.no_grad():
        louder.first.weight.mul_(3)
    found = activation_statistics(louder, images(), baseline=base)
    alone = activation_statistics(base, images())
    assert found["range_low"][0] == alone["range_low"][0]
    assert found["histogram"][0, 0] > 0
    assert found["histogram"][0, -1] > 0
    np.testing.assert_array_equal(found["histogram"].sum(axis=1), found["count"])


def test_narrower_layers_are_compared_by_what_still_can_be() -> None:
    narrow = network(3, width=5)
    found = activation_statistics(narrow, images(), baseline=network())
    assert np.isnan(found["sqnr_db"][:5]).all()
    assert np.isnan(found["sqnr_local_db"][0])
    assert ((found["cka"] > 0) & (found["cka"] <= 1)).all()
    assert np.isfinite(found["sqnr_db"][5])


def test_layers_that_the_baseline_lacks_have_no_comparison() -> None:
    base = network()
    longer = copy.deepcopy(base)
    longer.first = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 6, 3, padding=1))
    found = activation_statistics(longer.eval(), images(), baseline=base)
    assert found["module"].tolist()[:3] == ["first.0", "first.1", "norm"]
    assert np.isnan(found["cka"][:2]).all()
    assert np.isfinite(found["cka"][2:]).all()
    assert found["histogram"][0].sum() == found["count"][0]


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_odd_activations_are_counted_and_compare_with_nothing(odd: float) -> None:
    base = network()
    broken = copy.deepcopy(base)
    with torch.no_grad():
        broken.first.bias[0] = odd
    found = activation_statistics(broken, images(), baseline=base)
    counted = found["nans" if np.isnan(odd) else "infinities"][0]
    assert counted == found["count"][0] / 6
    assert np.isnan(found["sqnr_db"][0])
    assert np.isnan(found["cka"][0])
    assert np.isfinite(found["min"][0])


def test_the_models_are_left_as_they_were() -> None:
    base = network()
    small = rounded(base, "first")
    before = copy.deepcopy(small.state_dict())
    activation_statistics(small, images(), baseline=base)
    for module in (base, small):
        assert isinstance(module, Network)
        assert module.relu.inplace
        assert not any(child._forward_hooks or child._forward_pre_hooks for child in module.modules())
    assert all(torch.equal(before[name], value) for name, value in small.state_dict().items())


def test_double_precision_is_only_looked_at() -> None:
    base, inputs = network().double(), images().double()
    found = activation_statistics(rounded(base, "first"), inputs, baseline=base)
    again = activation_statistics(rounded(base, "first").float(), images(), baseline=network())
    for name in ("mean", "sqnr_db", "cka", "mean_abs"):
        np.testing.assert_allclose(found[name], again[name], rtol=1e-3, err_msg=name)


def test_attention_that_calls_nothing_inside_is_a_layer() -> None:
    torch.manual_seed(0)
    module = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        names = [key.module for key in innermost_calls(module, torch.randn(1, 5, 8))]
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    assert "self_attn" in names
    assert "self_attn.out_proj" not in names
    assert "linear1" in names


def test_named_inputs_are_walked_through_as_well() -> None:
    class Texts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.tokens, self.head = nn.Embedding(10, 6), nn.Linear(6, 3)

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            seen = self.tokens(input_ids) * attention_mask[..., None]
            result: Tensor = self.head(seen.sum(dim=1))
            return result

    inputs = {"input_ids": torch.arange(20).reshape(4, 5) % 10, "attention_mask": torch.ones(4, 5)}
    base = Texts().eval()
    found = activation_statistics(rounded(base, "tokens"), inputs, baseline=base)
    assert found["module"].tolist() == ["tokens", "head"]
    assert found["sqnr_local_db"][0] == pytest.approx(found["sqnr_db"][0])
    assert np.isposinf(found["sqnr_local_db"][1])


def test_an_error_of_the_model_comes_out_and_no_thread_stays() -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)
            self.broken = False

        def forward(self, values: Tensor) -> Tensor:
            result: Tensor = self.layer(values)
            if self.broken and len(values) > 1:
                raise RuntimeError("the model broke")
            return result

    base, other = Broken().eval(), Broken().eval()
    other.broken = True
    with pytest.raises(RuntimeError, match="the model broke"):
        activation_statistics(other, torch.randn(4, 2), baseline=base)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("walk", "gauge"))]


def test_a_walk_that_is_left_early_ends() -> None:
    module = network()
    with StepwiseForward(module, images(), [Key("first", 0), Key("relu", 1)], threads=1) as walk:
        first = walk.step()
        assert first is not None
        assert first.key == Key("first", 0)
    assert not [thread for thread in threading.enumerate() if thread.name == "walk"]
    assert module.relu.inplace


def test_a_walk_ends_once() -> None:
    with StepwiseForward(network(), images(), [Key("relu", 2)], threads=1) as walk:
        assert walk.step() is not None
        assert walk.step() is None
        assert walk.step() is None


def test_similarity_is_blind_to_rotation_and_scale() -> None:
    values = torch.randn(20, 30)
    rotation, _ = torch.linalg.qr(torch.randn(30, 30))
    assert linear_cka(gram(values), gram(3 * values @ rotation + 5)) == pytest.approx(1, abs=1e-5)
    assert linear_cka(gram(values), gram(torch.randn(20, 30))) < 0.9
    assert np.isnan(linear_cka(gram(values), gram(torch.ones(20, 4))))


def test_rounded_inputs_of_a_layer_count_to_its_own_error() -> None:
    base = network()
    rounding = copy.deepcopy(base)
    attach(rounding.second, DynamicQuantizer(0))
    found = activation_statistics(rounding, images(8), baseline=base)
    names = found["module"].tolist()
    row, quantizer = names.index("second"), names.index("second.input_quantizer")
    assert 20 < found["sqnr_local_db"][row] < 60
    assert found["sqnr_local_db"][row] == pytest.approx(found["sqnr_db"][row], abs=0.01)
    assert np.isnan(found["sqnr_db"][quantizer])
    assert found["count"][quantizer] == 8 * 6 * 8 * 8


def test_outputs_that_lie_differently_in_memory_are_compared_value_by_value() -> None:
    class Rearranged(nn.Conv2d):
        def forward(self, values: Tensor) -> Tensor:
            return super().forward(values).contiguous()

    base, other = nn.Sequential(nn.Conv2d(8, 8, 1)), nn.Sequential(Rearranged(8, 8, 1))
    other.load_state_dict(base.state_dict())
    found = activation_statistics(other, torch.randn(4, 8, 8, 8), baseline=base)
    assert found["relative_l2"][0] < 1e-6
    assert found["cosine"][0] == pytest.approx(1)


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_the_first_layer_with_numbers_that_are_none_is_told_in_order_of_execution(odd: float) -> None:
    module = network()
    with torch.no_grad():
        module.second.weight[2, 0, 1, 1] = odd
    found = activation_statistics(module, images())
    assert list(zip(found["module"].tolist(), found["call"].tolist(), strict=True)) == CALLS


def test_a_layer_that_became_all_zeros() -> None:
    module, before = network(), network()
    with torch.no_grad():
        for value in module.second.parameters():
            value.zero_()
    found = activation_statistics(module, images(), baseline=before)
    row = found["module"].tolist().index("second")
    assert found["zeros"][row] == found["count"][row]
    assert found["relative_l2"][row] == pytest.approx(1.0)
    assert found["sqnr_local_db"][row] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(found["cosine"][row])
    assert np.isnan(found["cka"][row])
