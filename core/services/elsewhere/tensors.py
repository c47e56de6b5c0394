"""Tensors of a safetensors file as numpy arrays, one at a time, without a library that computes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16}


@dataclass(frozen=True, eq=False)
class Tensors:
    """An open file. entries: of its tensors of floating-point numbers by name, in the file's order."""

    entries: dict[str, Any]
    _content: NDArray[np.uint8]
    _start: int

    def values(self, name: str) -> Floats:
        """Return the values of a tensor, flat."""
        entry = self.entries[name]
        first, end = entry["data_offsets"]
        stored = np.asarray(self._content[self._start + first : self._start + end])
        numbers = stored.view(_TYPES[entry["dtype"]])
        if entry["dtype"] == "BF16":
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
        found: Floats = numbers.astype(np.float64)
        return found

    def shape(self, name: str) -> list[int]:
        """Return the shape of a tensor."""
        return list(self.entries[name]["shape"])


@contextmanager
def open_tensors(path: Path) -> Iterator[Tensors]:
    """Open a file that was checked when it was uploaded."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    entries = {
        name: entry for name, entry in header.items() if name != "__metadata__" and entry["dtype"] in _TYPES
    }
    content = np.memmap(path, np.uint8, mode="r")
    yield Tensors(entries, content, 8 + length)
