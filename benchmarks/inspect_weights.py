"""Weight statistics of a ResNet-50: six figures and a histogram of every tensor."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torchvision.models import resnet50

from benchmarks.threads import one_thread
from core.inspection.weights import weight_statistics

RUNS = 3


@one_thread()
def resnet50_seconds() -> Mapping[str, Any]:
    """Return seconds for the whole model."""
    torch.manual_seed(0)
    model = resnet50()
    seconds = []
    for _ in range(RUNS):
        start = perf_counter()
        weight_statistics(model)
        seconds.append(perf_counter() - start)
    return {"value": median(seconds), "unit": "s", "baseline": None, "ratio": None, "runs": RUNS}


FIGURES = {"inspect.weights.resnet50_s": resnet50_seconds}
