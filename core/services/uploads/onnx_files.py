"""Whether a file is whole ONNX, told from the lengths in it and without any library that computes.

The format is a protocol buffer: fields one after the other, each with a tag and, where its size varies, its
length; https://onnx.ai/onnx/repo-docs/IR.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from core.errors import InvalidInput
from core.services.uploads.tensor_files import FIELD

SUFFIX = ".onnx"
_GRAPH, _INITIALIZER = 7, 5  # numbers of the fields of ModelProto and GraphProto
_VARINT, _FIXED64, _SIZED, _FIXED32 = 0, 1, 2, 5
_MOST_BYTES = 10  # of a number
_AGAIN = "Copy the file again, then upload it; it may have been cut off on the way."


def require_beginning(file: IO[bytes], *, name: str) -> None:
    """Raise `InvalidInput` unless a file begins as ONNX files do: with the version of the format."""
    if file.read(1) != bytes([1 << 3 | _VARINT]):
        raise InvalidInput.of(FIELD, f"{name} is not an ONNX file.", "Export the model as ONNX first.")


def weight_count(file: IO[bytes], *, name: str, size_bytes: int) -> int:
    """Return how many weights an ONNX file of that size holds.

    Raises:
        InvalidInput: it is of another format, or cut off.
    """
    require_beginning(file, name=name)
    graphs = [(first, end) for number, first, end in _fields(file, 0, size_bytes, name) if number == _GRAPH]
    if not graphs:
        raise InvalidInput.of(
            FIELD, f"{name} is not an ONNX file: it has no graph.", "Export the model again."
        )
    return sum(
        number == _INITIALIZER for first, end in graphs for number, _, _ in _fields(file, first, end, name)
    )


def _fields(file: IO[bytes], first: int, end: int, name: str) -> Iterator[tuple[int, int, int]]:
    """Yield number, first byte and end of each field between two places."""
    at = first
    while at < end:
        file.seek(at)
        tag = _number(file, name)
        kind = tag & 7
        if kind == _VARINT:
            _number(file, name)
            start = stop = file.tell()
        elif kind in {_FIXED64, _FIXED32}:
            start, stop = file.tell(), file.tell() + (8 if kind == _FIXED64 else 4)
        elif kind == _SIZED:
            length = _number(file, name)
            start, stop = file.tell(), file.tell() + length
        else:
            raise InvalidInput.of(
                FIELD, f"{name} is not an ONNX file: its fields contradict the format.", _AGAIN
            )
        if stop > end:
            message = f"{name} is cut off: a field needs {stop - end:,} bytes more than there are."
            raise InvalidInput.of(FIELD, message, _AGAIN)
        yield tag >> 3, start, stop
        at = stop


def _number(file: IO[bytes], name: str) -> int:
    """Return a number of which each byte holds seven bits, the lowest first."""
    value = 0
    for place in range(_MOST_BYTES):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 127) << 7 * place
        if byte[0] < 128:
            return value
    raise InvalidInput.of(FIELD, f"{name} is cut off or no ONNX file.", _AGAIN)
