"""Batches that do not fit into memory are halved until they do, and that is said."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")
log = logging.getLogger(__name__)

# Plain RuntimeErrors: of PyTorch on a CPU; of the driver, cuBLAS and cuDNN, which have memory of their own.
_SAID = ("not enough memory", "can't allocate memory", "CUDA error: out of memory", "STATUS_ALLOC_FAILED")


def halving(attempt: Callable[[int], T], batch_size: int, *, say: Callable[[str], None]) -> tuple[T, int]:
    """Return what `attempt` gives for the batch size, or for the largest half of it that fits, and that size.

    Each halving is said and logged. The error of a single instance that does not fit goes on to the caller.
    """
    size = batch_size
    while True:
        try:
            return attempt(size), size
        except Exception as error:
            if size == 1 or not out_of_memory(error):
                raise
        smaller = size // 2  # outside of `except`, where the traceback would keep what filled the memory
        message = f"{size} instances at once do not fit into memory; trying {smaller}"
        log.warning(message, extra={"action": "batch_halved", "batch_size": smaller})
        say(message)
        size = smaller
        _release()


def out_of_memory(error: BaseException) -> bool:
    """Return whether memory of the device or of the machine ran out."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in _SAID)


def _release() -> None:
    gc.collect()
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
