"""How long a model takes: warm-up, then as many repetitions as a time budget allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.data.dataset import Inputs, call

LEAST_REPETITIONS = 5
MOST_REPETITIONS = 2000


@dataclass(frozen=True)
class Timing:
    """Median and interquartile range over the repetitions, in milliseconds."""

    median_ms: float
    iqr_ms: float
    repetitions: int


def measure(module: nn.Module, inputs: Inputs, *, budget_s: float, device: torch.device) -> Timing:
    """Return how long one forward pass takes; a fifth of the budget warms up.

    At least five repetitions are made, however long they take. GPU work is waited for.
    """
    wait = torch.cuda.synchronize if device.type == "cuda" else _nothing
    with torch.inference_mode():
        _repeat(module, inputs, wait, budget_s / 5, least=2)
        times = _repeat(module, inputs, wait, budget_s * 4 / 5, least=LEAST_REPETITIONS)
    low, median, high = np.percentile(np.array(times) * 1e3, [25, 50, 75])
    return Timing(float(median), float(high - low), len(times))


def _repeat(
    module: nn.Module, inputs: Inputs, wait: Callable[[], None], budget_s: float, *, least: int
) -> list[float]:
    times: list[float] = []
    spent = 0.0
    while len(times) < least or (spent < budget_s and len(times) < MOST_REPETITIONS):
        start = time.perf_counter()
        call(module, inputs)
        wait()
        times.append(time.perf_counter() - start)
        spent += times[-1]
    return times


def _nothing() -> None:
    """Wait for nothing: CPU work is done when the call returns."""
