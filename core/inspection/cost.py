"""What each module costs: parameters, operations and time; a profile taken apart."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from statistics import median

import numpy as np
import torch
from torch import nn

from core.data.dataset import Inputs, call
from core.evaluation.profiling.device import current
from core.evaluation.profiling.operations import operation_counter
from core.inspection.calls import ModuleCall, innermost_calls, watching
from core.inspection.weights import Arrays

LEAST_REPETITIONS = 5
MOST_REPETITIONS = 50
BUDGET_S = 0.3  # a stall of a busy machine is then seldom in the median


def module_cost(
    module: nn.Module,
    inputs: Inputs,
    *,
    device: torch.device,
    kernels: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Arrays:
    """Return figures of every layer on these inputs, arrays `(modules,)`, in order of first call.

    module, module_type: names (fixed-width text) of modules within which no other module is called.
    calls: int64, per forward pass. parameters: int64, trainable numbers of the module's own.
    flops: int64, dense, two per multiply-add, of all calls of one pass.
    time_ms: float64, median over passes of the time of all calls. time_share: 0..1 of their sum; the
        work between modules is in none of them.
    device `(1,)`: type of device (text).

    kernels: gives the context in which times are taken; operations are counted without it.
    """
    names = list(dict.fromkeys(key.module for key in innermost_calls(module, inputs)))
    flops, calls = _operations(module, inputs, names)
    with kernels():
        times = _times(module, inputs, names, device)
    children = dict(module.named_modules())
    spent = np.array([times.get(name, 0.0) for name in names], np.float64)
    total = spent.sum()
    parameters = [sum(value.numel() for value in children[name].parameters()) for name in names]
    return {
        "module": np.array(names, dtype=np.str_),
        "module_type": np.array([type(children[name]).__name__ for name in names], dtype=np.str_),
        "calls": np.array([calls[name] for name in names], np.int64),
        "parameters": np.array(parameters, np.int64),
        "flops": np.array([flops[name] for name in names], np.int64),
        "time_ms": spent,
        "time_share": spent / total if total else spent,
        "device": np.array([device.type], dtype=np.str_),
    }


def _operations(
    module: nn.Module, inputs: Inputs, names: list[str]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    found: dict[str, int] = defaultdict(int)
    calls: dict[str, int] = defaultdict(int)
    counter = operation_counter()
    began = 0

    def begin(_: str) -> None:
        nonlocal began
        began = counter.get_total_flops()

    def end(finished: ModuleCall) -> None:
        found[finished.key.module] += counter.get_total_flops() - began
        calls[finished.key.module] += 1

    with torch.no_grad(), watching(module, names, end, before=begin), counter:
        call(module, inputs)
    return found, calls


def _times(module: nn.Module, inputs: Inputs, names: list[str], device: torch.device) -> Mapping[str, float]:
    """Return milliseconds per pass and module."""
    passes: list[Mapping[str, float]] = []
    spent = 0.0
    measured = _measured_by_events if device.type == "cuda" else _measured_by_clock
    with torch.inference_mode(), current(device):
        while len(passes) < LEAST_REPETITIONS or (spent < BUDGET_S and len(passes) < MOST_REPETITIONS):
            start = time.perf_counter()
            passes.append(measured(module, names, lambda: call(module, inputs)))
            spent += time.perf_counter() - start
    return {name: median(one.get(name, 0.0) for one in passes) for name in names}


def _measured_by_clock(
    module: nn.Module, names: list[str], work: Callable[[], object]
) -> Mapping[str, float]:
    found: dict[str, float] = defaultdict(float)
    began = 0.0

    def begin(_: str) -> None:
        nonlocal began
        began = time.perf_counter()

    def end(finished: ModuleCall) -> None:
        found[finished.key.module] += (time.perf_counter() - began) * 1e3

    with watching(module, names, end, before=begin):
        work()
    return found


def _measured_by_events(
    module: nn.Module, names: list[str], work: Callable[[], object]
) -> Mapping[str, float]:
    spans: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []
    began: list[torch.cuda.Event] = []

    def begin(_: str) -> None:
        began[:] = [_recorded()]

    def end(finished: ModuleCall) -> None:
        spans.append((finished.key.module, began[0], _recorded()))

    with watching(module, names, end, before=begin):
        work()
    torch.cuda.synchronize()
    found: dict[str, float] = defaultdict(float)
    for name, first, last in spans:
        found[name] += first.elapsed_time(last)
    return found


def _recorded() -> torch.cuda.Event:
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event
