"""Puts the pretend GPUs in the place of CUDA for as long as a context lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch

from core.testing.pretend_cuda.backward import backward_with
from core.testing.pretend_cuda.driver import NAME, PretendDriver, PretendEvent
from core.testing.pretend_cuda.tensors import PretendFunctions, PretendOperations


@contextmanager
def pretend_cuda(memory_bytes: int = 1 << 40, devices: int = 2) -> Iterator[PretendDriver]:
    """Let `torch` find so many GPUs with so much memory each, and yield what stands in for their driver.

    Not on a machine with CUDA, whose own driver would be asked now and then.
    """
    driver = PretendDriver(memory_bytes, devices)
    event = type("Event", (PretendEvent,), {"driver": driver})
    torch._C._ensureCUDADeviceGuardSet()
    with ExitStack() as stack:
        for name, stand_in in {**_functions(driver), "Event": event}.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, stand_in))
        autograd: Any = torch.autograd  # whose engine is no part of what it exports
        engine = backward_with(autograd._engine_run_backward)
        stack.enter_context(mock.patch.object(autograd, "_engine_run_backward", engine))
        stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        stack.enter_context(_tensors_made_on_cpu_first())
        stack.enter_context(
            mock.patch.object(threading.Thread, "run", _pretending(driver, threading.Thread.run))
        )
        stack.enter_context(_pretence(driver))
        yield driver


@contextmanager
def _pretence(driver: PretendDriver) -> Iterator[None]:
    """Let the operations of this thread pretend."""
    with PretendOperations(driver), PretendFunctions():
        yield


def _pretending(
    driver: PretendDriver, run: Callable[[threading.Thread], None]
) -> Callable[[threading.Thread], None]:
    """Return what a thread runs, with the operations of that thread pretending too."""

    def pretending(thread: threading.Thread) -> None:
        with _pretence(driver):
            run(thread)

    return pretending


@contextmanager
def _tensors_made_on_cpu_first() -> Iterator[None]:
    """Let `torch.tensor(numbers, device="cuda")` make a CPU tensor and move it, where the move is seen."""
    before = torch._C._only_lift_cpu_tensors()
    torch._C._set_only_lift_cpu_tensors(True)
    try:
        yield
    finally:
        torch._C._set_only_lift_cpu_tensors(before)


def _functions(driver: PretendDriver) -> dict[str, Any]:
    """Return what stands in for functions of `torch.cuda`, by name."""
    return {
        "_lazy_init": lambda: None,
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "is_bf16_supported": lambda *_, **__: True,
        "device_count": lambda: driver.devices,
        "current_device": lambda: driver.current,
        "set_device": driver.set_device,
        "_exchange_device": driver.exchange_device,
        "_maybe_exchange_device": driver.exchange_device,
        "synchronize": driver.synchronize,
        "empty_cache": lambda: None,
        "get_device_name": lambda *_: NAME,
        "get_device_properties": driver.properties,
        "get_device_capability": lambda *_: (9, 0),
        "memory_allocated": lambda device=None: driver.used_bytes[driver.index(device)],
        "max_memory_allocated": lambda device=None: driver.peak_bytes[driver.index(device)],
        "reset_peak_memory_stats": driver.reset_peak,
        "manual_seed": driver.seed,
        "manual_seed_all": driver.seed_all,
        "get_rng_state": lambda device=None: driver.generators[driver.index(device)].get_state(),
        "set_rng_state": lambda state, device=None: driver.generators[driver.index(device)].set_state(state),
    }
