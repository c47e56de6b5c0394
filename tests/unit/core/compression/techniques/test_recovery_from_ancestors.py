"""Restoring layers, retraining layers and correcting biases."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.models.convnext import LayerNorm2d
from torchvision.transforms import v2

from core.compression.base import Ancestor, Context, apply_step
from core.compression.calibration_statistics.output_means import means
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.techniques import (
    bias_correction,
    channel_pruning,
    magnitude_pruning,
    palettization,
    restore_layers,
    retrain_layers,
    weight_only_quantization,
)
from core.compression.training.restoring import touched_tensors
from core.data.base import load_data
from core.data.dataset import Dataset
from core.data.images import ImageDataset
from core.data.sources import digits
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.evaluation.base import tasks
from core.evaluation.tasks import image_classification
from core.models.base import Architecture
from core.models.sources import residual_cnn

assert all((bias_correction, channel_pruning, magnitude_pruning, palettization, restore_layers))
assert all((retrain_layers, weight_only_quantization, digits, image_classification, residual_cnn))

EVERYWHERE = LayerRules()
CLASSIFIER = LayerRules(include=("^classifier$",))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load_data("digits", {"rare_classes": [0, 1, 2, 3, 4, 5, 6], "kept_fraction": 0.1}, "train")


@pytest.fixture(scope="module")
def base() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 4}, seed=1)


@pytest.fixture
def context(data: Dataset, base: CompressibleModel) -> Context:
    task = tasks.get("image-classification")
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.5}, EVERYWHERE, base, Context())
    ancestors = (Ancestor("base", base.copy), Ancestor("half", pruned.copy), Ancestor("half", base.copy))
    return Context(seed=3, data=data, task=task, ancestors=ancestors)


def step(
    technique: str,
    model: CompressibleModel,
    context: Context,
    rules: LayerRules = EVERYWHERE,
    **parameters: object,
) -> CompressibleModel:
    return apply_step(technique, parameters, rules, model, context)


def changed(one: CompressibleModel, other: CompressibleModel) -> set[str]:
    """Names of the tensors that differ."""
    before, after = one.module.state_dict(), other.module.state_dict()
    return {name for name in before if not torch.equal(before[name], after[name])}


class TestRestoreLayers:
    def test_touched_layers_get_the_weights_of_the_base_back(
        self, base: CompressibleModel, context: Context
    ) -> None:
        pruned = step("magnitude-pruning", base, context, sparsity=0.9)
        result = step("restore-layers", pruned, context, CLASSIFIER)
        assert changed(pruned, result) == {"classifier.weight"}
        assert "classifier.weight" not in changed(base, result)
        assert not changed(base, step("restore-layers", pruned, context))

    def test_grids_go_with_the_weights(self, base: CompressibleModel, context: Context) -> None:
        quantized = step("weight-only-quantization", base, context, bits=4)
        result = step("restore-layers", quantized, context, CLASSIFIER)
        assert quantized.encodings.keys() - result.encodings.keys() == {"classifier.weight"}
        palettized = step("palettization", base, context)
        further = Context(ancestors=(Ancestor("palette", palettized.copy),))
        result = step("restore-layers", quantized, further, CLASSIFIER)
        assert result.encodings["classifier.weight"] is palettized.encodings["classifier.weight"]

    def test_ancestors_are_chosen_by_depth_and_by_name(
        self, base: CompressibleModel, context: Context
    ) -> None:
        other = CompressibleModel.create("residual-cnn", {"width": 4}, seed=9)
        half = step("restore-layers", other, context, depth=1)
        assert sum(int((layer.weight == 0).sum()) for layer in compressible_layers(half.module)) > 100
        assert not changed(base, step("restore-layers", other, context, ancestor="half"))

    @pytest.mark.parametrize(
        ("parameters", "sentence"),
        [({"depth": 3}, "no ancestor 3 steps"), ({"ancestor": "nobody"}, "no ancestor named 'nobody'")],
        ids=["depth", "name"],
    )
    def test_unknown_ancestors_are_named_with_those_there_are(
        self, parameters: dict[str, object], sentence: str, base: CompressibleModel, context: Context
    ) -> None:
        with pytest.raises(UnusableInput, match=sentence) as caught:
            step("restore-layers", base, context, **parameters)
        assert "0: base, 1: half" in caught.value.hint

    def test_layers_of_another_shape_are_refused_and_nothing_is_restored(
        self, base: CompressibleModel, context: Context
    ) -> None:
        narrow = step("channel-pruning", base, context)
        before = narrow.copy()
        with pytest.raises(UnusableInput, match="another shape"):
            step("restore-layers", narrow, context)
        assert not changed(before, narrow)

    def test_rules_that_leave_nothing_are_refused(self, base: CompressibleModel, context: Context) -> None:
        with pytest.raises(UnusableInput, match="nothing to restore"):
            step("restore-layers", base, context, LayerRules(exclude=(".",)))


def test_shared_weights_are_touched_once_and_only_where_every_rule_agrees() -> None:
    module = nn.Sequential(nn.Embedding(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 4, bias=False))
    module[2].weight = module[0].weight
    assert [name for name in touched_tensors(module, EVERYWHERE) if "weight" in name] == [
        "0.weight",
        "1.weight",
    ]
    assert touched_tensors(module, LayerRules(include=("2",))) == ["0.weight"]
    assert "0.weight" not in touched_tensors(module, LayerRules(exclude=("2",)))
    assert "1.running_mean" in touched_tensors(module, EVERYWHERE)


class TestRetrainLayers:
    @pytest.mark.parametrize("start", ["present", "fresh"])
    def test_only_touched_layers_change_and_zeros_stay(
        self, start: str, base: CompressibleModel, context: Context
    ) -> None:
        pruned = step("magnitude-pruning", base, context, sparsity=0.5)
        result = step("retrain-layers", pruned, context, CLASSIFIER, start=start, epochs=1)
        assert changed(pruned, result) == {"classifier.weight", "classifier.bias"}
        before, after = (model.module.get_parameter("classifier.weight") for model in (pruned, result))
        assert torch.equal(after == 0, before == 0)

    def test_fresh_weights_owe_nothing_to_those_before(
        self, base: CompressibleModel, context: Context
    ) -> None:
        other = base.copy()
        with torch.no_grad():
            other.module.get_parameter("classifier.weight").mul_(7)
        results = [
            step("retrain-layers", model, context, CLASSIFIER, start="fresh", epochs=1)
            for model in (base, other)
        ]
        assert not changed(*results)

    def test_fresh_weights_lie_on_the_palette(self, base: CompressibleModel, context: Context) -> None:
        drawn = step("palettization", base, context, bits=2)
        result = step("retrain-layers", drawn, context, CLASSIFIER, start="fresh", epochs=1)
        weight = result.module.get_parameter("classifier.weight").detach()
        assert torch.equal(result.encodings["classifier.weight"].project(weight), weight)

    def test_fresh_weights_fit_a_changed_structure(self, base: CompressibleModel, context: Context) -> None:
        narrow = step("channel-pruning", base, context)
        result = step("retrain-layers", narrow, context, start="fresh", epochs=1)
        assert result.module(torch.zeros(2, 1, 8, 8)).isfinite().all()


class TestBiasCorrection:
    def test_means_of_every_corrected_layer_agree_with_the_base(
        self, base: CompressibleModel, context: Context, data: Dataset
    ) -> None:
        quantized = step("weight-only-quantization", base, context, bits=3)
        result = step("bias-correction", quantized, context, samples=len(data))
        inputs = data.batch(slice(None)).inputs
        wanted, before, after = (means(model.module, inputs) for model in (base, quantized, result))
        assert len(wanted) > 3
        for name, mean in wanted.items():
            torch.testing.assert_close(after[name], mean, rtol=1e-3, atol=1e-4)
        assert any(not torch.allclose(before[name], wanted[name], atol=1e-3) for name in wanted)

    def test_norms_with_channels_before_places_are_corrected_along_channels(self) -> None:
        torch.manual_seed(0)
        norm = LayerNorm2d(4)
        module = nn.Sequential(nn.Conv2d(1, 4, 1), norm, nn.Conv2d(4, 2, 2, bias=False), nn.Flatten())
        base = CompressibleModel(module.eval(), Architecture("none", {}))
        shifted = base.copy()
        with torch.no_grad():
            shifted.module[1].bias.add_(torch.tensor([1.0, -2.0, 3.0, 0.0]))
        images = torch.randint(255, (8, 1, 4, 4)).to(torch.uint8)
        pictures = ImageDataset(
            images, torch.zeros(8).long(), ("a",), tuple("abcdefgh"), v2.ToDtype(torch.float32, scale=True)
        )
        ancestors = (Ancestor("base", base.copy),)
        result = step("bias-correction", shifted, Context(data=pictures, ancestors=ancestors))
        assert torch.allclose(result.module[1].bias, norm.bias, atol=1e-5)

    def test_outputs_come_closer_to_those_of_the_base(
        self, base: CompressibleModel, context: Context, data: Dataset
    ) -> None:
        quantized = step("weight-only-quantization", base, context, bits=2)
        result = step("bias-correction", quantized, context)
        inputs = data.batch(slice(None)).inputs
        with torch.no_grad():
            wanted, before, after = (model.module(inputs) for model in (base, quantized, result))
        assert functional.mse_loss(after, wanted) < 0.7 * functional.mse_loss(before, wanted)

    def test_only_touched_biases_change(self, base: CompressibleModel, context: Context) -> None:
        quantized = step("weight-only-quantization", base, context, bits=2)
        result = step("bias-correction", quantized, context, CLASSIFIER)
        assert changed(quantized, result) == {"classifier.bias"}
        assert result.encodings == quantized.encodings

    def test_models_without_a_bias_say_so(self, context: Context, base: CompressibleModel) -> None:
        convolutions = LayerRules(include=(r"^stem\.0$",))
        with pytest.raises(UnusableInput, match="No touched layer has a bias"):
            step("bias-correction", base, context, convolutions)
