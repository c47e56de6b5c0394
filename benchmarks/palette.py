"""Palettes of 16 values for a ResNet-50 with random weights; their error against scikit-learn's KMeans."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any

import torch
from sklearn.cluster import KMeans
from torch import Tensor
from torchvision.models import resnet50

from benchmarks.threads import one_thread
from core.compression.layers import compressible_layers
from core.compression.techniques.palettization import palettized

BITS = 4
RUNS = 3


@one_thread()
def palette_seconds() -> Mapping[str, Any]:
    """Return the seconds that all 54 palettes take."""
    weights = _weights()
    seconds = []
    for _ in range(RUNS):
        start = perf_counter()
        for weight in weights:
            palettized(weight, BITS)
        seconds.append(perf_counter() - start)
    return {"value": median(seconds), "unit": "s", "baseline": None, "ratio": None, "runs": RUNS}


def palette_error() -> Mapping[str, Any]:
    """Return the summed squared error over all tensors, ours against scikit-learn's KMeans (seed 0)."""
    ours = theirs = 0.0
    for weight in _weights():
        _, drawn = palettized(weight, BITS)
        ours += _squared_error(weight, drawn)
        points = weight.reshape(-1, 1).numpy()
        found = KMeans(2**BITS, n_init=1, random_state=0).fit(points)
        theirs += _squared_error(
            weight.reshape(-1), torch.from_numpy(found.cluster_centers_[found.labels_, 0])
        )
    return {"value": ours, "unit": "squared error", "baseline": theirs, "ratio": ours / theirs, "runs": 1}


def _weights() -> list[Tensor]:
    torch.manual_seed(0)
    return [layer.weight.detach() for layer in compressible_layers(resnet50())]


def _squared_error(weight: Tensor, drawn: Tensor) -> float:
    return float((weight.double() - drawn.double()).square().sum())


FIGURES = {"palette.resnet50_s": palette_seconds, "palette.resnet50_error_ratio": palette_error}
