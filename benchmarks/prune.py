"""Global magnitude pruning: a ResNet-50 against torch.nn.utils.prune, and 700 million weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.utils import prune
from torchvision.models import resnet50

from benchmarks.threads import one_thread
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.selection.pruning import zero_smallest
from core.compression.selection.threshold import smallest
from core.models.base import Architecture

SPARSITY = 0.8
RUNS = 3
LAYERS, WEIGHTS_PER_LAYER = 100, 7_000_000
T = TypeVar("T")


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
    whole = CompressibleModel(model, Architecture("resnet50", {}))
    zero_smallest(whole, layers, [layer.weight for layer in layers], SPARSITY)


def _prune_with_torch(model: nn.Module) -> None:
    chosen = [(layer.module, "weight") for layer in compressible_layers(model)]
    prune.global_unstructured(chosen, pruning_method=prune.L1Unstructured, amount=SPARSITY)


def _seconds(work: Callable[[T], None], argument: T, *, clock: Callable[[], float] = perf_counter) -> float:
    start = clock()
    work(argument)
    return clock() - start


@one_thread()
def threshold_of_700m() -> Mapping[str, Any]:
    """Return processor seconds to choose the smaller half of 700 million weights: threshold and masks.

    The fastest run counts: the first touch of 3 GB can cost the system as much again, whoever reads them.
    """
    generator = torch.Generator().manual_seed(0)
    weights = [torch.randn(WEIGHTS_PER_LAYER, generator=generator) for _ in range(LAYERS)]
    seconds = [_seconds(_choose, weights, clock=process_time) for _ in range(RUNS)]
    return {"value": min(seconds), "unit": "s", "baseline": None, "ratio": None, "runs": RUNS}


def _choose(weights: list[torch.Tensor]) -> None:
    smallest(weights, LAYERS * WEIGHTS_PER_LAYER // 2)


FIGURES = {"prune.global.resnet50_ratio": global_ratio, "prune.global.700m_s": threshold_of_700m}
