"""Static and dynamic int8: activations on a grid of integers, and all of it in the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.swin_transformer import ShiftedWindowAttention
from transformers.pytorch_utils import Conv1D

import core.compression.techniques.dynamic_int8
import core.compression.techniques.fine_tune
import core.compression.techniques.int8_kernels
import core.compression.techniques.magnitude_pruning
import core.compression.techniques.static_int8  # noqa: F401
from core.compression.activation_quantization.activations import DynamicQuantizer, StaticQuantizer, attached
from core.compression.activation_quantization.int8_arithmetic import Int8Arithmetic
from core.compression.base import Context, apply_step
from core.compression.calibration_statistics.observers import (
    least_error_range,
    observed_ranges,
    percentile_range,
)
from core.compression.checkpoints.checkpoint import load, save
from core.compression.encoding.encodings import Grid
from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.dataset import Batch, Dataset
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.evaluation.base import tasks
from core.models.base import Architecture
from core.registry import discover

discover("core.models.sources")
discover("core.data.sources")
discover("core.evaluation.tasks")


@pytest.fixture(scope="module")
def context() -> Context:
    data = load_data("digits", {"rare_classes": [0, 1, 2, 3, 4, 5, 6], "kept_fraction": 0.1}, "train")
    return Context(seed=5, data=data, task=tasks.get("image-classification"))


@pytest.fixture
def base() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)


def quantizers(model: CompressibleModel) -> dict[str, StaticQuantizer]:
    return {name: child for name, child in model.module.named_modules() if isinstance(child, StaticQuantizer)}


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.5, 2.0), (-4.0, -1.0), (-1e-3, 5e4)])
def test_a_static_quantizer_rounds_to_integers(low: float, high: float) -> None:
    quantizer = StaticQuantizer()
    quantizer.fit(low, high)
    values = torch.linspace(low - 1, high + 1, 1001)
    scale, zero = quantizer.scale.numpy(), quantizer.zero.numpy()
    codes = np.clip(np.rint(values.numpy() / scale) + zero, 0, 255)
    assert len(np.unique(codes)) > 250
    np.testing.assert_allclose(quantizer(values).numpy(), (codes - zero) * scale, atol=1.01 * scale)
    assert np.mean(np.isclose(quantizer(values).numpy(), (codes - zero) * scale)) > 0.99  # but for ties
    inside = values[(values >= min(low, 0)) & (values <= max(high, 0))]
    assert float((quantizer(inside) - inside).abs().max()) <= 1.01 * float(quantizer.scale)
    assert float(quantizer(torch.zeros(1))) == 0


def test_a_dynamic_quantizer_gives_each_token_its_scale() -> None:
    values = torch.randn(2, 5, 16) * torch.logspace(-3, 3, 5)[:, None]
    scale = values.abs().amax(dim=-1, keepdim=True) / 127
    rounded = DynamicQuantizer(1)(values)
    torch.testing.assert_close(rounded, (values / scale).round().clamp(-127, 127) * scale)
    assert float(((rounded - values).abs() / scale).max()) <= 0.5001
    coarse = DynamicQuantizer(0)(values)
    assert bool((coarse[:, 0] == 0).all())  # the largest token sets the scale of all
    assert torch.equal(DynamicQuantizer(1)(values)[:1], DynamicQuantizer(1)(values[:1]))


@pytest.mark.parametrize("quantizer", [DynamicQuantizer(1), StaticQuantizer()], ids=["dynamic", "static"])
def test_gradients_pass_through(quantizer: nn.Module) -> None:
    values = torch.rand(3, 8, requires_grad=True)
    quantizer(values).sum().backward()
    assert torch.equal(values.grad, torch.ones(3, 8))


def test_convolutions_have_a_scale_per_instance(context: Context) -> None:
    model = CompressibleModel(nn.Sequential(nn.Conv2d(3, 4, 3)), Architecture("none", {}))
    module = apply_step("dynamic-int8", {}, LayerRules(), model, context).module
    images = torch.rand(4, 3, 6, 6) * torch.tensor([1e-3, 1, 10, 1e3])[:, None, None, None]
    with torch.inference_mode():
        alone = torch.cat([module(image[None]) for image in images])
        torch.testing.assert_close(module(images), alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [nn.Linear(12, 5), nn.Conv2d(12, 5, 3, padding=1), Conv1D(5, 12)],
    ids=["linear", "conv", "conv1d"],
)
@pytest.mark.parametrize("technique", ["dynamic-int8", "static-int8"])
def test_the_output_is_integer_arithmetic_up_to_rounding(layer: nn.Module, technique: str) -> None:
    inputs = torch.randn(6, 12, 4, 4) if isinstance(layer, nn.Conv2d) else torch.randn(6, 12)
    model = CompressibleModel(nn.Sequential(layer), Architecture("none", {}))
    context = Context(data=_Inputs(inputs))
    module = apply_step(technique, {}, LayerRules(), model, context).module
    child = module[0]
    with torch.inference_mode():
        rounded = attached(child)(inputs)
        codes = torch.unique(rounded)
        plain = child.forward(rounded)
        assert torch.equal(module(inputs), plain)
        error = float((module(inputs) - layer(inputs)).norm() / layer(inputs).norm())
    assert 1e-5 < error < 0.03
    if technique == "static-int8":
        assert len(codes) <= 256


@pytest.mark.parametrize("observer", ["min-max", "percentile", "mse"])
def test_static_ranges_come_back_from_the_file(
    base: CompressibleModel, context: Context, tmp_path: Path, observer: str
) -> None:
    model = apply_step("static-int8", {"observer": observer}, LayerRules(), base, context)
    assert len(quantizers(model)) > 5
    assert all(float(quantizer.scale) != 1 for quantizer in quantizers(model).values())
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    images = context.training_data().examples(8)
    assert isinstance(images, Tensor)
    with torch.inference_mode():
        assert torch.equal(again.module(images), model.module(images))
        assert torch.equal(again.copy().module(images), model.module(images))
        assert not torch.equal(base.module(images), model.module(images))
        torch.testing.assert_close(model.module(images), base.module(images), atol=0.3, rtol=0.3)


def test_weights_are_stored_in_eight_bits(base: CompressibleModel, context: Context, tmp_path: Path) -> None:
    for technique in ("static-int8", "dynamic-int8"):
        model = apply_step(technique, {}, LayerRules(), base, context)
        assert all(isinstance(grid, Grid) and grid.bits == 8 for grid in model.encodings.values())
        assert save(model, tmp_path / "model").forms["grid"] > 5


def test_layer_rules_leave_inputs_alone(base: CompressibleModel, context: Context) -> None:
    rules = LayerRules(exclude=("^stem",), overrides=(("classifier", {"observer": "min-max"}),))
    model = apply_step("static-int8", {}, rules, base, context)
    names = list(quantizers(model))
    assert not [name for name in names if name.startswith("stem")]
    assert "classifier.input_quantizer" in names


def test_a_second_quantization_replaces_the_first(
    base: CompressibleModel, context: Context, tmp_path: Path
) -> None:
    static = apply_step("static-int8", {}, LayerRules(), base, context)
    both = apply_step("dynamic-int8", {}, LayerRules(), static, context)
    assert not quantizers(both)
    hooks = [len(child._forward_pre_hooks) for child in both.module.modules()]
    assert max(hooks) == 1
    save(both, tmp_path / "model")
    images = torch.rand(2, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(load(tmp_path / "model").module(images), both.module(images))


def test_fine_tuning_goes_on_within_int8(base: CompressibleModel, context: Context, tmp_path: Path) -> None:
    static = apply_step("static-int8", {}, LayerRules(), base, context)
    tuned = apply_step("fine-tune", {"epochs": 1}, LayerRules(), static, context)
    for name, encoding in tuned.encodings.items():
        weight = tuned.module.state_dict()[name]
        assert torch.equal(encoding.project(weight), weight)
        assert not torch.equal(weight, static.module.state_dict()[name])
    assert quantizers(tuned).keys() == quantizers(static).keys()


def test_weights_used_without_a_call_are_quantized_without_inputs(context: Context) -> None:
    class Attending(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 3)

        def forward(self, values: Tensor) -> Tensor:
            return self.head(self.attention(values, values, values)[0])

    model = CompressibleModel(Attending().eval(), Architecture("none", {}))
    inputs = Context(data=_Inputs(torch.randn(4, 5, 8)))
    for technique in ("static-int8", "dynamic-int8"):
        module = apply_step(technique, {}, LayerRules(), model, inputs).module
        assert attached(module.head) is not None
        assert attached(module.attention.out_proj) is None


def test_layers_that_swin_never_calls_are_left_to_floating_point() -> None:
    module = nn.Sequential(ShiftedWindowAttention(8, [2, 2], [0, 0], 2), nn.Linear(8, 3)).eval()
    model = CompressibleModel(module, Architecture("none", {}))
    for technique in ("dynamic-int8", "int8-kernels"):
        result = apply_step(technique, {}, LayerRules(), model, Context())
        assert [attached(result.module[0].get_submodule(name)) for name in ("qkv", "proj")] == [None, None]
        assert not any(isinstance(child, Int8Arithmetic) for child in result.module[0].modules())
        touched = attached(result.module[1]) or result.module[1]
        assert isinstance(touched, (DynamicQuantizer, Int8Arithmetic))


class TestObservers:
    def test_percentiles_are_numpys(self) -> None:
        values = torch.randn(100_000).double()
        full = (float(values.min()), float(values.max()))
        counts = torch.histogram(values, 2048, range=full).hist
        low, high = percentile_range(counts, full, 0.99)
        width = (full[1] - full[0]) / 2048
        assert low == pytest.approx(float(values.quantile(0.01)), abs=2 * width)
        assert high == pytest.approx(float(values.quantile(0.99)), abs=2 * width)

    @pytest.mark.parametrize("fraction", [1.0, 0.9])
    def test_zero_is_always_covered(self, fraction: float) -> None:
        low, high = percentile_range(torch.ones(64, dtype=torch.float64), (0.0, 4.0), fraction)
        assert low == 0
        assert high == pytest.approx(4 * fraction, abs=4 / 64)

    def test_least_error_cuts_off_what_is_rare(self) -> None:
        values = torch.cat([torch.rand(100_000), torch.tensor([3.0])]).double()
        counts = torch.histogram(values, 2048, range=(0.0, 3.0)).hist
        low, high = least_error_range(counts, (0.0, 3.0), levels=15)
        assert low == 0
        assert 0.9 < high < 1.2

    @pytest.mark.parametrize("levels", [3, 15, 255])
    def test_no_other_range_has_less_error(self, levels: int) -> None:
        values = (torch.randn(20_000) ** 3).double()
        full = (float(values.min()), float(values.max()))
        counts = torch.histogram(values, 2048, range=full).hist

        def error(low: float, high: float) -> float:
            scale = (high - low) / levels
            zero = round(-low / scale)
            rounded = torch.fake_quantize_per_tensor_affine(values.float(), scale, zero, 0, levels)
            return float((rounded - values).square().sum())

        best = error(*least_error_range(counts, full, levels))
        tried = [error(full[0] * share, full[1] * share) for share in torch.linspace(0.05, 1, 200).tolist()]
        assert best <= 1.05 * min(tried)
        assert best < tried[-1] or levels == 255

    def test_activations_that_are_not_numbers_are_refused(self) -> None:
        module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        batch = Batch(torch.tensor([[float("nan"), 1.0]]), torch.zeros(1, dtype=torch.int64))
        with pytest.raises(UnusableInput, match="inputs of 0 hold NaN"):
            observed_ranges(module, ["0", "1"], lambda: iter([batch]), observer="min-max")
        assert not module[0]._forward_pre_hooks


class _Inputs(Dataset):
    """Instances that are their inputs, without labels."""

    def __init__(self, inputs: Tensor) -> None:
        self._inputs = inputs
        self.labels = torch.zeros(len(inputs), dtype=torch.int64)
        self.class_names, self.ids = (), tuple(map(str, range(len(inputs))))

    def batch(self, indices: Tensor, *, augmented: bool = False) -> Batch:
        return Batch(self._inputs[indices], torch.zeros(len(indices), dtype=torch.int64))

    def batches(self, size: int) -> Iterator[Batch]:
        yield self.batch(torch.arange(len(self)))
