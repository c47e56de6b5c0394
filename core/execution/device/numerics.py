"""How a GPU computes during a run: float32 as float32, and the same again under the same seed.

PyTorch alone lets NVIDIA's GPUs round float32 to 10 bits of mantissa in convolutions (TF32) and add numbers
up in any order, so that two runs differ. Neither suits figures that are compared by tenths of a percent.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

log = logging.getLogger(__name__)

_WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""Makes cuBLAS repeat its order of sums; read when it is first used."""
_SAID = r"(does not have a deterministic implementation|defaults to a non-deterministic algorithm)"
_IN_ANY_ORDER = re.compile(rf"(.+?) {_SAID}")
_EXACT = {"kthvalue CUDA", "_histc_cuda", "_bincount_cuda"}
"""What PyTorch names, but we use for counts and values only, which no order changes."""


@contextmanager
def reproducible(device: torch.device) -> Iterator[list[str]]:
    """Compute on this device, as repeatably as it can, until the context ends; nothing changes on a CPU.

    Yields a list that fills with the operations that add up in any order all the same; each is logged.
    """
    found: list[str] = []
    if device.type != "cuda":
        yield found
        return
    os.environ.setdefault(*_WORKSPACE)
    with torch.cuda.device(device), _algorithms(repeatable=True), _noting(found):
        yield found


@contextmanager
def as_pytorch_does() -> Iterator[None]:
    """Compute as PyTorch does by itself until the context ends, for times that others would measure too."""
    with _algorithms(repeatable=False):
        yield


def arithmetic(device: torch.device, in_any_order: Sequence[str] = ()) -> dict[str, str]:
    """Return what people should know of a GPU's arithmetic as it is set now; nothing for a CPU."""
    if device.type != "cuda":
        return {}
    again = "the same bits on such a GPU with these versions"
    if in_any_order:
        again = f"nearly the same, as {', '.join(in_any_order)} adds up in any order"
    elif not torch.are_deterministic_algorithms_enabled():
        again = "nearly the same"
    multiplied = "TF32 in convolutions" if torch.backends.cudnn.allow_tf32 else "float32 throughout"
    return {"arithmetic": multiplied, "again_with_this_seed": again}


@contextmanager
def _algorithms(*, repeatable: bool) -> Iterator[None]:
    """Choose PyTorch's algorithms. Uninitialised memory is not filled, because nothing reads it."""
    fill: Any = torch.utils.deterministic  # a module that its stubs know nothing of
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.backends.cudnn.allow_tf32,
        fill.fill_uninitialized_memory,
    )
    torch.use_deterministic_algorithms(repeatable, warn_only=True)
    torch.backends.cudnn.allow_tf32 = not repeatable
    fill.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.backends.cudnn.allow_tf32, fill.fill_uninitialized_memory = before[2:]


@contextmanager
def _noting(found: list[str]) -> Iterator[None]:
    """Turn PyTorch's warnings about what it cannot repeat into the list and one log line each."""
    with warnings.catch_warnings():
        warnings.filterwarnings("always", message=f".*{_SAID}")
        show = warnings.showwarning

        def noted(message: Warning | str, *args: Any, **kwargs: Any) -> None:
            matched = _IN_ANY_ORDER.match(str(message))
            if matched is None:
                show(message, *args, **kwargs)
            elif matched[1] not in found and matched[1] not in _EXACT:
                found.append(matched[1])
                facts = {"action": "in_any_order", "operation": matched[1]}
                log.warning(
                    "%s adds up in any order on a GPU: repeated, it may differ", matched[1], extra=facts
                )

        warnings.showwarning = noted
        yield
