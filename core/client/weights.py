"""Write tensors of PyTorch or numpy as a safetensors file, without importing either framework's writer."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_KINDS = {
    "float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32", "int16": "I16",
    "int8": "I8", "uint8": "U8", "bool": "BOOL",
}  # fmt: skip


def write_tensors(tensors: Mapping[str, Any], file: IO[bytes]) -> int:
    """Write the tensors one after the other, and return the size of the file.

    Raises:
        TypeError: a value is no tensor, or of a type that the format does not have.
    """
    header: dict[str, Any] = {}
    at = 0
    for name, tensor in tensors.items():
        kind, size = _kind(name, tensor)
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    file.write(len(text).to_bytes(8, "little") + text)
    for tensor in tensors.values():
        file.write(np.ascontiguousarray(_array(tensor)).tobytes())
    return 8 + len(text) + at


def _kind(name: str, tensor: Any) -> tuple[str, int]:
    if not hasattr(tensor, "dtype") or not hasattr(tensor, "shape"):
        raise TypeError(f"{name} is {type(tensor).__name__}, not a tensor; log model.state_dict()")
    kind = str(tensor.dtype).removeprefix("torch.")
    values = int(np.prod(tuple(tensor.shape)))
    if kind == "bfloat16":
        return "BF16", values * 2
    if kind not in _KINDS:
        raise TypeError(f"{name} is {kind}, which safetensors files do not have here; dequantize it")
    return _KINDS[kind], values * np.dtype(kind).itemsize


def _array(tensor: Any) -> NDArray[Any]:
    """Return a tensor as an array on the CPU; bfloat16, which numpy lacks, by its bits."""
    if isinstance(tensor, np.ndarray):
        return tensor
    plain = tensor.detach().cpu()
    if str(tensor.dtype) == "torch.bfloat16":
        plain = plain.contiguous().view(sys.modules["torch"].int16)
    found: NDArray[Any] = plain.numpy()
    return found
