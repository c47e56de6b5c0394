"""When the pretence is over, this machine has no GPU, and PyTorch works as before."""

from __future__ import annotations

import threading

import pytest
import torch

from core.testing.pretend_cuda import pretend_cuda


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_nothing_is_left_of_a_gpu_that_was_pretended() -> None:
    run, event = threading.Thread.run, torch.cuda.Event
    with pretend_cuda(devices=3):
        assert torch.cuda.device_count() == 3
        assert float(torch.ones(2, device="cuda:2").sum()) == 2
    assert not torch.cuda.is_available()
    assert (threading.Thread.run, torch.cuda.Event) == (run, event)
    with pytest.raises((RuntimeError, AssertionError), match=r"NVIDIA|CUDA"):
        torch.empty(2, device="cuda")
    weight = torch.ones(2, requires_grad=True)
    (weight * 3).sum().backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [3, 3]


def test_the_pretence_ends_with_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), pretend_cuda():
        raise ZeroDivisionError
    assert torch.utils._python_dispatch._get_current_dispatch_mode() is None
