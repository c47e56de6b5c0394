"""Computing in half precision where a model allows it, as many GPUs do best."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@contextmanager
def computing_in(precision: str, module: nn.Module, device: torch.device) -> Iterator[None]:
    """Have the module multiply in `float32`, `bfloat16` or `float16`; what it returns is float32.

    Its weights stay as they are, and what needs the range of float32, such as softmax, keeps it.
    `ValueError` for any other precision.
    """
    if precision == "float32":
        yield
        return
    if precision not in _TYPES:
        raise ValueError(f"{precision} is not a precision to compute in")
    forward = module.forward

    @wraps(forward)
    def faster(*arguments: Any, **keywords: Any) -> Any:
        with torch.autocast(device.type, _TYPES[precision]):
            result = forward(*arguments, **keywords)
        return tree_map(_widened, result)

    module.forward = faster
    try:
        yield
    finally:
        del module.forward


def _widened(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.dtype in _TYPES.values() else value
