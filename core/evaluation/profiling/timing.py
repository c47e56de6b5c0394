"""How long a model takes: warm-up, then as many repetitions as a time budget allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.data.dataset import Inputs, call
from core.domain.measurement.intervals import Interval, median_interval
from core.evaluation.profiling.device import current

LEAST_REPETITIONS = 5
MOST_REPETITIONS = 2000


@dataclass(frozen=True)
class Timing:
    """Median, its 95 % interval and the interquartile range over the repetitions, in milliseconds.

    interval_ms: of these repetitions alone, another sitting may differ by more; None for fewer than six.
    """

    median_ms: float
    iqr_ms: float
    interval_ms: Interval | None
    repetitions: int


def measure(module: nn.Module, inputs: Inputs, *, budget_s: float, device: torch.device) -> Timing:
    """Return how long one forward pass takes; a fifth of the budget warms up.

    At least five repetitions are made, however long they take. On a GPU its own events are read, so that
    waiting for the processor's clock is not measured along.
    """
    once = _timed_by_events if device.type == "cuda" else _timed_by_clock
    with torch.inference_mode(), current(device):
        _repeat(once, module, inputs, budget_s / 5, least=2)
        times = _repeat(once, module, inputs, budget_s * 4 / 5, least=LEAST_REPETITIONS)
    low, median, high = np.percentile(np.array(times), [25, 50, 75])
    return Timing(float(median), float(high - low), median_interval(times), len(times))


def _repeat(
    once: Callable[[nn.Module, Inputs], float],
    module: nn.Module,
    inputs: Inputs,
    budget_s: float,
    *,
    least: int,
) -> list[float]:
    """Return the milliseconds of each repetition."""
    times: list[float] = []
    end = time.perf_counter() + budget_s
    while len(times) < least or (time.perf_counter() < end and len(times) < MOST_REPETITIONS):
        times.append(once(module, inputs))
    return times


def _timed_by_clock(module: nn.Module, inputs: Inputs) -> float:
    start = time.perf_counter()
    call(module, inputs)
    return (time.perf_counter() - start) * 1e3


def _timed_by_events(module: nn.Module, inputs: Inputs) -> float:
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    call(module, inputs)
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end))
