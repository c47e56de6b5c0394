"""Batches that do not fit are halved; a fake device that holds few instances stands in for a full one."""

from __future__ import annotations

import logging

import pytest
import torch
from torch import Tensor, nn

from core.data.base import load_data
from core.data.dataset import Dataset
from core.evaluation.base import tasks
from core.evaluation.profiling.batching import halving, out_of_memory
from core.ports import Silent
from core.registry import discover

discover("core.evaluation.tasks")
discover("core.data.sources")

CPU = torch.device("cpu")


class Small(nn.Module):
    """A classifier on a device that holds 40 instances."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.head = nn.Linear(64, 10)
        self.sizes: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        if len(images) > 40:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        result: Tensor = self.head(images.flatten(1))
        return result


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", {}, "test")


def test_the_largest_half_that_fits_is_used_and_said(
    digits: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    module, said = Small(), []
    task = tasks.get("image-classification")

    def attempt(size: int) -> float:
        found = task.evaluate(module, digits, batch_size=size, device=CPU, progress=Silent())
        assert found.instances == len(digits)
        return found.metrics["top1"]

    with caplog.at_level(logging.WARNING):
        accuracy, size = halving(attempt, 256, say=said.append)
    assert size == 32
    assert accuracy == attempt(32)
    assert said == [
        "256 instances at once do not fit into memory; trying 128",
        "128 instances at once do not fit into memory; trying 64",
        "64 instances at once do not fit into memory; trying 32",
    ]
    assert [record.message for record in caplog.records] == said
    assert module.sizes[:4] == [256, 128, 64, 32]


def test_one_instance_that_does_not_fit_is_an_error() -> None:
    sizes = []

    def attempt(size: int) -> None:
        sizes.append(size)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(torch.OutOfMemoryError):
        halving(attempt, 5, say=lambda _: None)
    assert sizes == [5, 2, 1]


def test_other_errors_are_not_tried_again() -> None:
    sizes = []

    def attempt(size: int) -> None:
        sizes.append(size)
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        halving(attempt, 8, say=lambda _: None)
    assert sizes == [8]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("not enough memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error: Exception, expected: bool) -> None:
    assert out_of_memory(error) is expected


def test_the_machines_own_words_are_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert out_of_memory(caught.value)
