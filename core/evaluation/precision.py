"""Computing in half precision where a model allows it, as many GPUs do best."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def computing_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which multiplications run in `float32`, `bfloat16` or `float16`.

    Weights stay as they are; what needs the range of float32, such as softmax, keeps it. `ValueError` for
    any other precision.
    """
    if precision == "float32":
        return nullcontext()
    if precision not in _TYPES:
        raise ValueError(f"{precision} is not a precision to compute in")
    return torch.autocast(device.type, _TYPES[precision])
