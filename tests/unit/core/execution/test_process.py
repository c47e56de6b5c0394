"""Errors of runs in words, and the device that a queue stands for."""

from __future__ import annotations

import pytest
import torch

from core.errors import UnusableInput
from core.execution.process import described, device_of


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - with a traceback, as from a run
        return caught


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UnusableInput("Too few classes.", "Choose others."), "unusable-input", "Too few classes."),
        (MemoryError(), "out-of-memory", "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "out-of-memory", "not enough memory"),
        (OSError(28, "No space left on device"), "os-error", "No space left on device"),
        (ZeroDivisionError("division by zero"), "unexpected", "ZeroDivisionError: division by zero"),
    ],
    ids=["expected", "memory", "gpu memory", "disk", "fault"],
)
def test_an_error_is_stored_with_message_hint_and_traceback(error: Exception, code: str, said: str) -> None:
    found = described(raised(error))
    assert found.code == code
    assert said in found.message
    assert found.hint
    assert type(error).__name__ in found.traceback


def test_the_cpu_queue_computes_on_the_cpu() -> None:
    assert device_of("cpu") == torch.device("cpu")


def test_a_gpu_queue_on_a_machine_without_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UnusableInput, match="needs a GPU"):
        device_of("gpu")


@pytest.mark.parametrize(("queue", "index"), [("gpu", 0), ("gpu.node-3.1", 1)])
def test_a_gpu_queue_names_its_device(monkeypatch: pytest.MonkeyPatch, queue: str, index: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_of(queue) == torch.device("cuda", index)
