"""Small networks of every family that techniques must suit, without downloads, and inputs for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.efficientnet import EfficientNet, MBConvConfig
from torchvision.models.mobilenetv2 import mobilenet_v2
from torchvision.models.mobilenetv3 import mobilenet_v3_small
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.vgg import VGG, make_layers
from torchvision.models.vision_transformer import VisionTransformer

from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset, Inputs, call
from core.models.attention import with_separate_attention
from core.models.base import ModelSource, model_sources
from core.parameters import Parameters

SOURCE = "test-small"
INSTANCES = 16


def _resnet() -> nn.Module:
    module: nn.Module = ResNet(BasicBlock, [1, 1, 1, 1])
    module.layer3, module.layer4 = nn.Identity(), nn.Identity()
    module.fc = nn.Linear(128, 5)
    return module


def _vit() -> nn.Module:
    module: nn.Module = VisionTransformer(32, 8, 2, 2, hidden_dim=32, mlp_dim=64, num_classes=5)
    nn.init.normal_(module.get_parameter("heads.head.weight"))  # zeros as torchvision makes it
    return with_separate_attention(module)


def _vgg() -> nn.Module:
    with torch.device("meta"):  # its classifier of a hundred million weights is not wanted
        module: nn.Module = VGG(nn.Identity(), init_weights=False)
    module.features = make_layers([8, "M", 16, "M", 16])
    module.avgpool = nn.AdaptiveAvgPool2d(1)
    module.classifier = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 5))
    return module


def _efficient_net() -> nn.Module:
    blocks = [MBConvConfig(1, 3, 1, 16, 16, 1), MBConvConfig(4, 5, 2, 16, 32, 1)]
    module: nn.Module = EfficientNet(blocks, dropout=0.1, num_classes=5, last_channel=32)
    return module


TORCHVISION: dict[str, Callable[[], nn.Module]] = {
    "resnet": _resnet,
    "mobilenet-v2": partial(mobilenet_v2, width_mult=0.1, num_classes=5),
    "mobilenet-v3": partial(mobilenet_v3_small, width_mult=0.25, num_classes=5),
    "vgg": _vgg,
    "efficientnet": _efficient_net,
    "vit-of-torchvision": _vit,
}
TRANSFORMERS = ("bert", "gpt2", "llama", "t5", "vit")
FAMILIES = (*TORCHVISION, *TRANSFORMERS)


class SmallParams(Parameters):
    """Which of the small networks."""

    family: str


class SmallNetworks(ModelSource[SmallParams]):
    """Networks of torchvision's families, with few channels and layers."""

    label = "Small"
    Params = SmallParams

    def build(self, params: SmallParams) -> nn.Module:
        """Return the untrained network."""
        return TORCHVISION[params.family]()


@contextmanager
def small_networks() -> Iterator[None]:
    """Offer the small networks as a model source, so that their checkpoints can be loaded."""
    if SOURCE not in dict(model_sources):
        model_sources.register(SOURCE)(SmallNetworks)
    yield
    model_sources._entries.pop(SOURCE, None)


class Examples(Dataset):
    """Random inputs as a family takes them, with labels without meaning."""

    def __init__(self, family: str) -> None:
        generator = torch.Generator().manual_seed(7)
        self._images = torch.rand(INSTANCES, 3, 32, 32, generator=generator)
        self._tokens = torch.randint(3, 40, (INSTANCES, 12), generator=generator)
        self._family = family
        self.labels = torch.arange(INSTANCES) % 2
        self.class_names, self.ids = ("even", "odd"), tuple(map(str, range(INSTANCES)))

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        """Return the chosen instances."""
        del augmented
        return Batch(self.inputs(indices), self.labels[indices])

    def inputs(self, indices: Tensor | slice) -> Inputs:
        """Return the inputs of the chosen instances."""
        if "vit" in self._family or self._family in TORCHVISION:
            return self._images[indices]
        tokens = self._tokens[indices]
        named = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
        return named | ({"decoder_input_ids": tokens[:, :5]} if self._family == "t5" else {})


class LastLogits:
    """Cross-entropy of the first two logits of each instance, of texts at their last position."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch."""
        logits = call(module, batch.inputs)
        last = logits if logits.dim() == 2 else logits[:, -1]
        return functional.cross_entropy(last[:, :2], batch.labels)


@cache
def small_model(family: str) -> CompressibleModel:
    """Return a base model of the family, with random weights; never to be changed."""
    if family in TORCHVISION:
        return CompressibleModel.create(SOURCE, {"family": family}, seed=3)
    parameters = {"family": family, "width": 32, "context": 32, "layers": 2}
    if family == "llama":
        parameters["key_value_heads"] = 2
    return CompressibleModel.create("tiny-transformer", parameters, seed=3)


@torch.inference_mode()
def outputs(model: CompressibleModel, family: str) -> Tensor:
    """Return the logits of the first four instances."""
    return call(model.module, Examples(family).inputs(slice(0, 4)))
