"""What a run changes about a GPU's arithmetic, what it notes, and that nothing of it stays."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator

import pytest
import torch

from core.execution.device.numerics import arithmetic, as_pytorch_does, reproducible
from core.models.training import repeatable_attention
from core.testing.pretend_cuda import pretend_cuda

CPU, GPU = torch.device("cpu"), torch.device("cuda", 1)


def settings() -> tuple[object, ...]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.cudnn.allow_tf32,
        torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
    )


@pytest.fixture(autouse=True)
def _workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "untouched")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")


@pytest.fixture
def gpus() -> Iterator[None]:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU, which tests/integration/test_gpu.py looks at")
    with pretend_cuda():
        yield


def test_nothing_changes_on_a_cpu() -> None:
    before = settings()
    with reproducible(CPU) as found:
        assert settings() == before
    assert found == []
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    assert arithmetic(CPU) == {}


@pytest.mark.usefixtures("gpus")
def test_a_gpu_computes_float32_repeatably_and_is_the_current_one() -> None:
    before = settings()
    with reproducible(GPU):
        assert settings() == (True, False, False)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.cuda.current_device() == 1
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        assert arithmetic(GPU)["arithmetic"] == "float32 throughout"
        with as_pytorch_does():
            assert settings() == (False, True, False)
            assert arithmetic(GPU)["arithmetic"] == "TF32 in convolutions"
        assert settings() == (True, False, False)
    assert settings() == before
    assert torch.cuda.current_device() == 0


@pytest.mark.usefixtures("gpus")
def test_what_a_gpu_cannot_repeat_is_noted_once(caplog: pytest.LogCaptureFixture) -> None:
    images = torch.rand(1, 2, 7, 7, device=GPU, requires_grad=True)
    with caplog.at_level(logging.WARNING), reproducible(GPU) as found:
        assert arithmetic(GPU, found)["again_with_this_seed"].startswith("the same bits")
        for _ in range(2):
            torch.nn.functional.adaptive_avg_pool2d(images, 3).sum().backward()
        assert found == ["adaptive_avg_pool2d_backward_cuda"]
        assert arithmetic(GPU, found)["again_with_this_seed"].startswith("nearly the same")
    assert len(caplog.records) == 1
    assert "adds up in any order" in caplog.text


@pytest.mark.usefixtures("gpus")
def test_attention_is_trained_with_a_kernel_that_can_be_repeated() -> None:
    query = torch.rand(1, 1, 2, 2, device=GPU, requires_grad=True)
    with reproducible(GPU) as found:
        with repeatable_attention():
            torch.nn.functional.scaled_dot_product_attention(query, query, query)
        assert found == []
        torch.nn.functional.scaled_dot_product_attention(query, query, query)
        assert found == ["Memory Efficient attention"]
    with repeatable_attention():
        assert torch.backends.cuda.mem_efficient_sdp_enabled()


@pytest.mark.usefixtures("gpus")
def test_counts_are_exact_in_any_order() -> None:
    with reproducible(GPU) as found:
        values = torch.arange(5.0, device=GPU)
        assert float(values.kthvalue(2).values) == 1
        assert values.histc(5).sum() == 5
    assert found == []


@pytest.mark.usefixtures("gpus")
def test_other_warnings_come_through() -> None:
    with pytest.warns(UserWarning, match="something else"), reproducible(GPU) as found:
        warnings.warn("something else", stacklevel=1)
    assert found == []
