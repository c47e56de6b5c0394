"""Channel pruning: smaller models that compute what Torch-Pruning's own would, and load again exactly."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
import torch_pruning
from torch import nn
from torchvision import models
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.vgg import VGG, make_layers

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.edits import replay
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.structure import slimming
from core.compression.techniques import channel_pruning, magnitude_pruning, palettization
from core.data.dataset import Batch, Dataset
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.models.sources import residual_cnn

assert all((channel_pruning, magnitude_pruning, palettization, residual_cnn, slimming))


@dataclass(eq=False)
class Images(Dataset):
    """A few random inputs of one shape."""

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        self.labels, self.class_names, self.ids = torch.zeros(4, dtype=torch.int64), ("a",), tuple("abcd")
        self.images = torch.rand(4, *self.shape, generator=torch.Generator().manual_seed(0))

    def batch(self, indices: torch.Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self.images[indices], self.labels[indices])


class Text(Images):
    """Words instead of images."""

    def batch(self, indices: torch.Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch({"input_ids": self.labels[indices]}, self.labels[indices])


def small_resnet() -> nn.Module:
    model = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=5)
    return model.eval()


def small_vgg() -> nn.Module:
    model = VGG(make_layers([8, "M", 12, 16, "M"], batch_norm=True), num_classes=5)
    model.classifier = nn.Sequential(nn.Linear(16 * 49, 24), nn.ReLU(), nn.Dropout(), nn.Linear(24, 5))
    return model.eval()


FAMILIES = {
    "resnet": small_resnet,
    "vgg": small_vgg,
    "mobilenet-v2": lambda: MobileNetV2(num_classes=5, width_mult=0.25).eval(),
    "mobilenet-v3": lambda: models.mobilenet_v3_small(num_classes=5).eval(),
    "efficientnet": lambda: models.efficientnet_b0(num_classes=5).eval(),
}


def model_of(module: nn.Module) -> CompressibleModel:
    return CompressibleModel(module, Architecture("none", {}))


def pruned(
    model: CompressibleModel,
    rules: LayerRules = LayerRules(),  # noqa: B008
    shape: tuple[int, ...] = (3, 32, 32),
    **parameters: object,
) -> CompressibleModel:
    return apply_step("channel-pruning", parameters, rules, model, Context(data=Images(shape)))


def numbers(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("family", FAMILIES)
def test_families_lose_most_of_their_weights_and_compute_after_a_rebuild(family: str) -> None:
    torch.manual_seed(0)
    base = model_of(FAMILIES[family]())
    result = pruned(base)
    images = torch.rand(2, 3, 32, 32)
    assert numbers(result.module) < 0.4 * numbers(base.module)
    rebuilt = FAMILIES[family]()
    replay(rebuilt, result.edits)
    rebuilt.load_state_dict(result.module.state_dict())
    with torch.no_grad():
        assert result.module(images).shape == (2, 5)
        assert torch.equal(rebuilt(images), result.module(images))


def test_the_model_computes_what_the_library_makes_of_it() -> None:
    torch.manual_seed(0)
    base = model_of(small_vgg())
    result = pruned(base, ratio=0.25)
    theirs = copy.deepcopy(base.module)
    pruner = torch_pruning.pruner.BasePruner(
        theirs,
        torch.rand(1, 3, 32, 32),
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=0.25,
        ignored_layers=[theirs.classifier[3]],  # type: ignore[index, union-attr, list-item]
    )
    pruner.step()
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(result.module(images), theirs(images))


def test_removing_channels_that_are_zero_changes_nothing() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)
    ).eval()
    with torch.no_grad():
        for parameter in (module[0].weight, module[0].bias, module[1].weight, module[1].bias):
            parameter[[1, 2, 5, 7]] = 0
    result = pruned(model_of(module), shape=(3, 8, 8))
    images = torch.rand(4, 3, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(result.module(images), module(images))
    assert result.module[0].out_channels == 4  # type: ignore[index, union-attr]


def test_it_is_stored_and_loaded_exactly(tmp_path: Path) -> None:
    base = CompressibleModel.create("residual-cnn", {"width": 8}, seed=1)
    result = pruned(base, shape=(1, 8, 8), ratio=0.3)
    twice = pruned(result, shape=(1, 8, 8), ratio=0.3)
    summary = save(twice, tmp_path / "model")
    loaded = load(tmp_path / "model")
    images = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(loaded.module(images), twice.module(images))
    assert summary.theoretical_bytes < 0.6 * save(base, tmp_path / "base").theoretical_bytes
    assert loaded.edits == twice.edits
    assert numbers(loaded.module) < numbers(result.module)


def test_the_base_is_untouched() -> None:
    base = model_of(small_resnet())
    before = copy.deepcopy(base.module.state_dict())
    pruned(base)
    assert all(torch.equal(value, before[name]) for name, value in base.module.state_dict().items())
    assert all(parameter.requires_grad for parameter in base.module.parameters())


def test_layers_left_out_keep_their_width_and_overridden_ones_get_their_own() -> None:
    rules = LayerRules(exclude=(r"layer3\.0\.conv1",), overrides=((r"layer4\.0\.conv1", {"ratio": 0.75}),))
    layers = {
        layer.name: layer for layer in compressible_layers(pruned(model_of(small_resnet()), rules).module)
    }
    assert len(layers["layer3.0.conv1"].weight) == 256
    assert layers["layer3.0.conv1"].weight.shape[1] == 64
    assert len(layers["layer4.0.conv1"].weight) == 128
    assert len(layers["layer2.0.conv1"].weight) == 64


def test_channels_are_rounded_and_compete_where_asked() -> None:
    layers = compressible_layers(pruned(model_of(small_vgg()), ratio=0.4, round_to=4).module)
    assert all(len(layer.weight) % 4 == 0 for layer in layers[:-1])
    torch.manual_seed(0)
    module = small_vgg()
    with torch.no_grad():
        for parameter in (*module.features[0].parameters(), *module.features[1].parameters()):
            parameter[:6] *= 0.001
    layers = compressible_layers(pruned(model_of(module), ratio=0.1, scope="global").module)
    widths = [len(layer.weight) for layer in layers]
    assert sum(widths) == 8 + 12 + 16 + 24 + 5 - 6
    assert widths[0] <= 4


def test_palettes_survive() -> None:
    base = apply_step("palettization", {"bits": 2}, LayerRules(), model_of(small_vgg()), Context())
    result = pruned(base)
    assert result.encodings.keys() == base.encodings.keys()
    for layer in compressible_layers(result.module):
        assert len(layer.weight.unique()) <= 4


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 5)), "1 gives the model's output and keeps its width"),
        (nn.Sequential(nn.Conv2d(3, 1, 3), nn.Flatten(), nn.Linear(36, 5)), "0 and the layers tied to them"),
        (models.VisionTransformer(8, 4, 1, 2, 8, 16, num_classes=5), "MultiheadAttention mixes its channels"),
    ],
    ids=["one layer", "one channel", "attention"],
)
def test_models_that_cannot_lose_channels_say_so(module: nn.Module, sentence: str) -> None:
    with pytest.raises(UnusableInput, match=sentence):
        pruned(model_of(module.eval()), shape=(3, 8, 8))


def test_models_whose_channels_cannot_be_followed_say_so() -> None:
    with pytest.raises(UnusableInput, match="cannot be followed"):
        pruned(model_of(models.shufflenet_v2_x0_5(num_classes=5).eval()))


def test_text_models_are_sent_to_other_techniques() -> None:
    with pytest.raises(UnusableInput, match="reads text"):
        apply_step(
            "channel-pruning", {}, LayerRules(), model_of(small_vgg()), Context(data=Text((3, 32, 32)))
        )


def test_parameters_that_are_no_floating_point_numbers_are_left_alone() -> None:
    class Chosen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3))
            self.order = nn.Parameter(torch.arange(4), requires_grad=False)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.body(images).mean((2, 3))[:, self.order]

    smaller = pruned(model_of(Chosen()))
    assert smaller.module.get_parameter("order").tolist() == [0, 1, 2, 3]
    assert len(smaller.module.get_parameter("body.0.weight")) == 4
