"""Whether a file is whole safetensors, told from its header alone and without any library that computes.

The format: 8 bytes with the length of the header (little-endian), the header as JSON, then the tensors
without gaps; https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from core.domain.text import shown as short
from core.errors import InvalidInput

MOST_HEADER_BYTES = 25_000_000
"""Names and shapes of some 200,000 tensors; what is larger was not written by a saving model."""

FIELD = "file"

_LENGTH_BYTES = 8
_MOST_DIMENSIONS = 64  # no library that computes has tensors of more
_MOST_COUNTED = 2**63 - 1
_MOST_DIGITS = 20  # what is longer takes long to compute with, and means nothing
_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
_FOREIGN = {
    b"PK\x03\x04": "a PyTorch file or another archive",
    b"\x80": "a pickle, as PyTorch wrote before 1.6",
    b"\x89HDF": "an HDF5 file, as Keras writes them",
    b"GGUF": "a GGUF file",
    b"version https://git-lfs": "only a pointer to a file in Git LFS",
}
CONVERT = (
    "Convert it with safetensors.torch.save_file, or put it on the worker and give its path. "
    "Only safetensors and ONNX can be uploaded: other formats may hold programs."
)
_AGAIN = "Copy the file again, then upload it; it may have been cut off on the way."


def tensor_count(file: IO[bytes], *, name: str, size_bytes: int) -> int:
    """Return how many tensors a safetensors file of that size holds; `file` may end with its header.

    Raises:
        InvalidInput: it is empty, of another format, cut off, or its header contradicts itself.
    """
    header = _header(file, name, size_bytes)
    entries = {key: entry for key, entry in header.items() if key != "__metadata__"}
    if not entries:
        raise _refusal(f"{name} holds no tensors.", "Save model.state_dict() as safetensors.")
    spans = sorted(_span(key, entry, name) for key, entry in entries.items())
    end = 0
    for start, stop, tensor in spans:
        if start != end:
            said = "overlaps another one" if start < end else f"leaves {start - end:,} bytes unused before it"
            raise _refusal(f"{name} is damaged: the tensor {tensor!r} {said}.", _AGAIN)
        end = stop
    _require_size(file.tell() + end, name, size_bytes)
    return len(entries)


def _header(file: IO[bytes], name: str, size_bytes: int) -> Mapping[str, Any]:
    start = file.read(_LENGTH_BYTES + 1)
    if not start:
        raise _refusal(f"{name} is empty.", _AGAIN)
    if start[_LENGTH_BYTES:] != b"{":
        rest = start + file.read(16)
        format_ = next((words for sign, words in _FOREIGN.items() if rest.startswith(sign)), "")
        told = f"it is {format_}" if format_ else "it does not begin as one"
        raise _refusal(f"{name} is not a safetensors file: {told}.", CONVERT)
    length = int.from_bytes(start[:_LENGTH_BYTES], "little")
    if _LENGTH_BYTES + length > size_bytes:
        message = f"{name} is cut off: its header needs {length:,} bytes, but the file has {size_bytes:,}."
        raise _refusal(message, _AGAIN)
    if length > MOST_HEADER_BYTES:
        message = f"The header of {name} has {length:,} bytes; at most {MOST_HEADER_BYTES:,} can be read."
        raise _refusal(message, "Put the file on the worker and give its path.")
    return _parsed(b"{" + file.read(max(0, length - 1)), length, name)


def _parsed(text: bytes, length: int, name: str) -> Mapping[str, Any]:
    if len(text) < length:
        raise _refusal(f"{name} is cut off: {length - len(text):,} bytes of its header are missing.", _AGAIN)

    def whole(digits: str) -> int:
        if len(digits) > _MOST_DIGITS:
            raise _refusal(f"{name} is damaged: its header has a number of {len(digits):,} digits.", _AGAIN)
        return int(digits)

    try:
        header = json.loads(text, parse_int=whole, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _refusal(f"{name} is damaged: its header is not JSON.", _AGAIN) from None
    found: Mapping[str, Any] = header
    return found


def _span(key: str, entry: Any, name: str) -> tuple[int, int, str]:
    """Return where a tensor starts and ends, and how messages name it."""
    shown = f"{key[:80]}..." if len(key) > 80 else key
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(start), int(stop)]}:
            sound = len(shape) <= _MOST_DIMENSIONS and _all_counts([start, stop, *shape]) and start <= stop
        case _:
            sound = False
    if not sound:
        raise _refusal(f"{name} is damaged: its header does not say where {shown!r} is.", _AGAIN)
    bits = _BITS.get(dtype)
    if bits is not None and math.prod(shape) * bits != (stop - start) * 8:
        cannot_be = f"of shape {short(shape)} cannot be {stop - start:,} bytes"
        raise _refusal(f"{name} is damaged: the tensor {shown!r} {cannot_be}.", _AGAIN)
    return start, stop, shown


def _all_counts(values: list[Any]) -> bool:
    return all(type(each) is int and 0 <= each <= _MOST_COUNTED for each in values)


def _no_number(constant: str) -> NoReturn:
    """Refuse NaN and the like, which Python reads although JSON has none."""
    raise ValueError(constant)


def _require_size(needed: int, name: str, size_bytes: int) -> None:
    if needed > size_bytes:
        message = f"{name} is cut off: its tensors need {needed:,} bytes, but the file has {size_bytes:,}."
        raise _refusal(message, _AGAIN)
    if needed < size_bytes:
        message = f"{name} is damaged: {size_bytes - needed:,} bytes follow its last tensor."
        raise _refusal(message, _AGAIN)


def _refusal(message: str, hint: str) -> InvalidInput:
    return InvalidInput.of(FIELD, message, hint)
