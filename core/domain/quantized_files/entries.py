"""Tensors of weight files as headers describe them: a type and a shape by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BITS = {
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"), 8),
}
FLOATS = ("F32", "F16", "BF16", "F64")


@dataclass(frozen=True)
class Entry:
    """One tensor. dtype: as safetensors names types, e.g. `BF16`."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """What it takes in the file; 0 of a type that is not known."""
        return self.numbers * _BITS.get(self.dtype, 0) // 8


@dataclass(frozen=True)
class Header:
    """What the files of one model hold. entries: tensors by name. metadata: texts by name."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]

    def ending_with(self, end: str) -> list[str]:
        """Return the beginnings of the names that end so, in the order of the files."""
        return [name.removesuffix(end) for name in self.entries if name.endswith(end)]


def header_of(content: Mapping[str, Any]) -> Header:
    """Return what the JSON header of a safetensors file says."""
    entries = {
        name: Entry(str(entry["dtype"]), tuple(entry["shape"]))
        for name, entry in content.items()
        if name != "__metadata__"
    }
    return Header(entries, dict(content.get("__metadata__") or {}))


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as people read it."""
    return " x ".join(map(str, shape)) or "one number"
