"""GGUF files of llama.cpp by their headers: tensors and the types of their blocks, e.g. `Q4_K`.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md: metadata as pairs of a key and a typed value, then
for each tensor its name, sizes, type and place, then the tensors.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.domain.quantized_files.survey import QuantizedWeight, Survey, refuse

PLAIN = frozenset({"F32", "F16", "BF16", "F64"})
"""Types that are no codes."""
_IDS = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    6: "Q5_0",
    7: "Q5_1",
    8: "Q8_0",
    9: "Q8_1",
    10: "Q2_K",
    11: "Q3_K",
    12: "Q4_K",
    13: "Q5_K",
    14: "Q6_K",
    15: "Q8_K",
    28: "F64",
    30: "BF16",
}
_BLOCKS = {
    "F32": (1, 4),
    "F16": (1, 2),
    "BF16": (1, 2),
    "F64": (1, 8),
    "Q4_0": (32, 18),
    "Q4_1": (32, 20),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q8_0": (32, 34),
    "Q2_K": (256, 84),
    "Q3_K": (256, 110),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
}
"""Weights and bytes of a block, by type."""
KNOWN = tuple(name for name in _BLOCKS if name not in PLAIN)
_VALUE_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT, _ARRAY = 8, 9
_VERSIONS = (2, 3)
_MOST = 1 << 24
"""Entries of a list, or bytes of a text: more are no header but noise."""


@dataclass(frozen=True)
class GgufTensor:
    """One tensor of a file. kind: type of its blocks. place: its first byte, from the first tensor on."""

    name: str
    kind: str
    numbers: int
    place: int

    @property
    def size_bytes(self) -> int:
        """What it takes in the file."""
        weights, size = _BLOCKS[self.kind]
        return self.numbers // weights * size


def gguf_tensors(path: Path) -> list[GgufTensor]:
    """Return the tensors that a file holds.

    Raises:
        UnusableInput: it is no GGUF file, is cut off, or has blocks of a type that is not known.
    """
    try:
        with path.open("rb") as file:
            reader = _Reader(file)
            tensors, alignment = reader.tensors()
            start = -(-file.tell() // alignment) * alignment
    except (OSError, ValueError, struct.error) as error:
        refuse("GGUF", [f"{path.name} is no readable GGUF file: {error}"])
        raise  # refused above
    strange = [each for each in tensors if each.kind not in _BLOCKS]
    known = ", ".join(KNOWN)
    refuse("GGUF", [f"{each.name} is of the type {each.kind}, and known are {known}" for each in strange[:1]])
    end = max((start + each.place + each.size_bytes for each in tensors), default=0)
    size = path.stat().st_size
    if end > size:
        refuse("GGUF", [f"{path.name} is cut off: it has {size:,} bytes, and its tensors end at {end:,}"])
    return tensors


class _Reader:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def tensors(self) -> tuple[list[GgufTensor], int]:
        """Return the tensors, and what multiple of bytes they begin at."""
        if self._file.read(4) != b"GGUF":
            raise ValueError("it does not begin as one")
        version = self._number("I")
        if version not in _VERSIONS:
            raise ValueError(f"version {version} is not known")
        count, pairs = self._count(), self._count()
        alignment = 32
        for _ in range(pairs):
            key, kind = self._text(), self._number("I")
            if key == "general.alignment" and kind == 4:
                alignment = self._number("I")
            else:
                self._skip(kind)
        if alignment < 1:
            raise ValueError(f"tensors begin at multiples of {alignment}")
        return [self._tensor() for _ in range(count)], alignment

    def _tensor(self) -> GgufTensor:
        name = self._text()
        sizes = [self._number("Q") for _ in range(min(self._number("I"), 8))]
        kind, place = self._number("I"), self._number("Q")
        return GgufTensor(name, _IDS.get(kind, f"number {kind}"), math.prod(sizes), place)

    def _skip(self, kind: int) -> None:
        if kind == _TEXT:
            self._text()
        elif kind == _ARRAY:
            inner, count = self._number("I"), self._count()
            if inner in _VALUE_BYTES:
                self._file.seek(count * _VALUE_BYTES[inner], 1)
            else:
                for _ in range(count):
                    self._skip(inner)
        elif kind in _VALUE_BYTES:
            self._file.seek(_VALUE_BYTES[kind], 1)
        else:
            raise ValueError(f"a value of the type {kind} is not known")

    def _text(self) -> str:
        length = self._count()
        content = self._file.read(length)
        if len(content) < length:
            raise ValueError("its header is cut off")
        return content.decode("utf-8", "replace")

    def _count(self) -> int:
        count = self._number("Q")
        if count > _MOST:
            raise ValueError(f"its header counts to {count:,}")
        return count

    def _number(self, form: str) -> int:
        return int(struct.unpack(f"<{form}", self._file.read(struct.calcsize(form)))[0])


def described(tensors: Sequence[GgufTensor], names: Mapping[str, str]) -> Survey:
    """Return what tensors are. names: in the model, by those of the file, where these differ."""
    coded = [tensor for tensor in tensors if tensor.kind not in PLAIN]
    kinds = sorted({tensor.kind for tensor in coded})
    weights = tuple(
        QuantizedWeight(
            name=names.get(tensor.name, tensor.name),
            method=tensor.kind,
            parts={"data": tensor.name},
            numbers=tensor.numbers,
            bits=int(tensor.kind[1]),
            group=_BLOCKS[tensor.kind][0],
            stored_bytes=tensor.size_bytes,
        )
        for tensor in coded
    )
    others = tuple(names.get(tensor.name, tensor.name) for tensor in tensors if tensor.kind in PLAIN)
    return Survey(" ".join(["GGUF", ", ".join(kinds)]).strip(), weights, others)
