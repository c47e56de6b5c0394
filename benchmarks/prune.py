"""Global magnitude pruning against torch.nn.utils.prune, on a ResNet-50 with random weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import nn
from torch.nn.utils import prune
from torchvision.models import resnet50

from benchmarks.threads import one_thread
from core.compression.layers import compressible_layers
from core.compression.pruning import zero_smallest

SPARSITY = 0.8
RUNS = 3


@one_thread()
def global_ratio() -> Mapping[str, Any]:
    """Return seconds of our global pruning and of torch's, each on fresh copies of the same model."""
    torch.manual_seed(0)
    model = resnet50()
    ours = [_seconds(_prune, copy.deepcopy(model)) for _ in range(RUNS)]
    theirs = [_seconds(_prune_with_torch, copy.deepcopy(model)) for _ in range(RUNS)]
    value, baseline = median(ours), median(theirs)
    return {"value": value, "unit": "s", "baseline": baseline, "ratio": value / baseline, "runs": RUNS}


def _prune(model: nn.Module) -> None:
    layers = compressible_layers(model)
    zero_smallest(layers, [layer.weight for layer in layers], SPARSITY)


def _prune_with_torch(model: nn.Module) -> None:
    chosen = [(layer.module, "weight") for layer in compressible_layers(model)]
    prune.global_unstructured(chosen, pruning_method=prune.L1Unstructured, amount=SPARSITY)


def _seconds(work: Callable[[nn.Module], None], model: nn.Module) -> float:
    start = perf_counter()
    work(model)
    return perf_counter() - start


FIGURES = {"prune.global.resnet50_ratio": global_ratio}
