"""A ResNet-18 with half of its channels against the whole one, at batch 1."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.utils.benchmark import Timer
from torchvision.models import resnet18

from benchmarks.threads import one_thread
from core.compression.structure.channels import ChannelChoice, output_layers, slimmer
from core.compression.structure.slimming import KeepSlices

RATIO = 0.5
ROUNDS = 5
CALLS = 3


@one_thread()
def resnet18_speedup() -> Mapping[str, Any]:
    """Return how many times faster the pruned model is; timed in turns, so that other work slows both."""
    torch.manual_seed(0)
    base = resnet18().eval()
    image = torch.rand(1, 3, 224, 224)
    pruned = _pruned(base, image)
    pairs = [(_milliseconds(pruned, image), _milliseconds(base, image)) for _ in range(ROUNDS)]
    value = median(whole / slim for slim, whole in pairs)
    return {"value": value, "unit": "times", "baseline": 1.0, "ratio": value, "runs": ROUNDS}


def _pruned(base: nn.Module, image: torch.Tensor) -> nn.Module:
    choice = ChannelChoice(ratio=RATIO, ratios={}, untouched=output_layers(base, image))
    pruned = copy.deepcopy(base)
    KeepSlices().apply(pruned, slimmer(base, image, choice))
    return pruned.eval()


def _milliseconds(module: nn.Module, image: torch.Tensor) -> float:
    timer = Timer("module(image)", globals={"module": module, "image": image})
    with torch.inference_mode():
        return timer.timeit(CALLS).median * 1000


FIGURES = {"structured.resnet18_speedup": resnet18_speedup}
