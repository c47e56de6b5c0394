"""Quantization, palettes, casts and factors on every family of networks: outputs, ties and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.efficientnet import EfficientNet, MBConvConfig
from torchvision.models.mobilenetv2 import mobilenet_v2
from torchvision.models.mobilenetv3 import mobilenet_v3_small
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.vgg import VGG, make_layers
from torchvision.models.vision_transformer import VisionTransformer

from core.compression.base import Context, apply_step, techniques
from core.compression.checkpoint import load, save
from core.compression.claims import claims
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.data.dataset import Batch, Inputs, call
from core.domain.technique import LayerRules, Storage
from core.models.base import ModelSource, model_sources
from core.parameters import Parameters
from core.registry import discover

discover("core.compression.techniques")
discover("core.models.sources")


def small_resnet() -> nn.Module:
    module = ResNet(BasicBlock, [1, 1, 1, 1])
    module.layer3, module.layer4 = nn.Identity(), nn.Identity()
    module.fc = nn.Linear(128, 5)
    return module


def small_vit() -> nn.Module:
    module = VisionTransformer(32, 8, 2, 2, hidden_dim=32, mlp_dim=64, num_classes=5)
    nn.init.normal_(module.heads.head.weight)  # zeros as torchvision makes it
    return module


def small_vgg() -> nn.Module:
    module = VGG(make_layers([8, "M", 16, "M", 16]), num_classes=5)
    module.avgpool = nn.AdaptiveAvgPool2d(1)
    module.classifier = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 5))
    return module


def small_efficient_net() -> nn.Module:
    blocks = [MBConvConfig(1, 3, 1, 16, 16, 1), MBConvConfig(4, 5, 2, 16, 32, 1)]
    return EfficientNet(blocks, dropout=0.1, num_classes=5, last_channel=32)


TORCHVISION: dict[str, Callable[[], nn.Module]] = {
    "resnet": small_resnet,
    "mobilenet-v2": partial(mobilenet_v2, width_mult=0.1, num_classes=5),
    "mobilenet-v3": partial(mobilenet_v3_small, width_mult=0.25, num_classes=5),
    "vgg": small_vgg,
    "efficientnet": small_efficient_net,
    "vit-of-torchvision": small_vit,
}
TRANSFORMERS = ["bert", "gpt2", "llama", "t5", "vit"]
STEPS = {
    "float16": ("float-casting", {}),
    "fp8": ("float-casting", {"format": "float8-e4m3"}),
    "int4 in groups": ("weight-only-quantization", {"bits": 4, "granularity": "group"}),
    "static int8": ("static-int8", {"samples": 16}),
    "dynamic int8": ("dynamic-int8", {}),
    "gptq": ("gptq", {"samples": 16}),
    "palette": ("palettization", {}),
    "palettes of groups": ("palettization", {"granularity": "group"}),
    "low rank": ("low-rank", {}),
}
CLOSE = {"float16": 0.01, "static int8": 0.2, "dynamic int8": 0.2}  # relative error of outputs


class SmallParams(Parameters):
    """Which of the small networks."""

    family: str


class SmallNetworks(ModelSource[SmallParams]):
    """Networks of torchvision's families, with few channels and layers."""

    label = "Small"
    Params = SmallParams

    def build(self, params: SmallParams) -> nn.Module:
        return TORCHVISION[params.family]()


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    model_sources.register("test-small")(SmallNetworks)
    yield
    del model_sources._entries["test-small"]


class Examples:
    """Random inputs as a family takes them, without meaning."""

    def __init__(self, family: str) -> None:
        generator = torch.Generator().manual_seed(7)
        self._images = torch.rand(16, 3, 32, 32, generator=generator)
        self._tokens = torch.randint(3, 40, (16, 12), generator=generator)
        self._family = family

    def __len__(self) -> int:
        return 16

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self.inputs(indices), torch.zeros(16, dtype=torch.int64)[indices])

    def inputs(self, indices: Tensor | slice) -> Inputs:
        if "vit" in self._family or self._family in TORCHVISION:
            return self._images[indices]
        tokens = self._tokens[indices]
        named = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
        return named | ({"decoder_input_ids": tokens[:, :5]} if self._family == "t5" else {})


@cache
def base(family: str) -> CompressibleModel:
    if family in TORCHVISION:
        return CompressibleModel.create("test-small", {"family": family}, seed=3)
    parameters = {"family": family, "width": 32, "context": 32, "layers": 2}
    if family == "llama":
        parameters["key_value_heads"] = 2
    return CompressibleModel.create("tiny-transformer", parameters, seed=3)


@torch.inference_mode()
def outputs(model: CompressibleModel, family: str) -> Tensor:
    return call(model.module, Examples(family).inputs(slice(0, 4)))


@pytest.mark.parametrize("family", [*TORCHVISION, *TRANSFORMERS])
@pytest.mark.parametrize("step", STEPS)
def test_the_file_gives_back_the_same_model(family: str, step: str, tmp_path: Path) -> None:
    model = base(family)
    context = Context(seed=1, data=Examples(family))
    technique, parameters = STEPS[step]
    result = apply_step(technique, parameters, LayerRules(), model, context)
    summary = save(result, tmp_path / "model")
    again = load(tmp_path / "model")
    after = outputs(result, family)
    assert torch.equal(outputs(again, family), after)
    assert bool(after.isfinite().all())
    before = outputs(model, family)
    assert not torch.equal(before, after)
    assert float((after - before).norm() / before.norm()) < CLOSE.get(step, float("inf"))
    ties = canonical_names(model.module)
    assert canonical_names(result.module) == canonical_names(again.module) == ties
    assert summary.theoretical_bytes < 0.9 * save(model, tmp_path / "base").theoretical_bytes
    assert claims(result, summary).storage == "stored"
    if step != "low rank":
        coded = {layer.parameter_name for layer in compressible_layers(result.module)}
        assert result.encodings.keys() == coded


def test_every_step_says_that_it_is_stored() -> None:
    assert all(techniques.get(name).storage is Storage.STORED for name, _ in STEPS.values())


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_ties_are_there_to_be_kept(family: str) -> None:
    assert canonical_names(base(family).module)
