"""Arrays as bytes in a row: type, shape, content (zstd where that helps) and its SHA-256.

Names are kept with a fixed width; texts of any length (numpy's `StringDType`) as a JSON list.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from core.errors import CorruptArtifact
from core.persistence.tables.tables import StoredArray

MOST_BYTES = 2 * 1024**3
"""Of one array that comes from elsewhere."""
_NUMERIC = "biufc"
_TEXTS = "json"
_RESTORE = "Restore the database from a backup, or repeat the run."


def packed(name: str, array: NDArray[np.generic]) -> dict[str, Any]:
    """Return the columns that hold an array of numbers or of strings.

    Raises:
        TypeError: the array holds objects.
    """
    array = np.asarray(array)
    if array.dtype.kind == "T":
        listed = json.dumps(array.ravel().tolist(), ensure_ascii=False, separators=(",", ":"))
        content = listed.encode("utf-8", "surrogatepass")
        return _row(name, _TEXTS, array.shape, content)
    if array.dtype.kind == "U":
        array = np.strings.encode(array.astype(np.str_, copy=False), "utf-8")
        dtype = f"utf-8:{array.dtype.itemsize}"
    elif array.dtype.kind in _NUMERIC:
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        dtype = array.dtype.str
    else:
        raise TypeError(f"an array of {array.dtype} cannot be stored: {name}")
    return _row(name, dtype, array.shape, np.ascontiguousarray(array).tobytes())


def _row(name: str, dtype: str, shape: tuple[int, ...], content: bytes) -> dict[str, Any]:
    small = zstandard.ZstdCompressor(level=3).compress(content)
    compressed = len(small) < 0.9 * len(content)
    return {
        "name": name,
        "dtype": dtype,
        "shape": list(shape),
        "compression": "zstd" if compressed else "none",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": small if compressed else content,
    }


def bounded(row: StoredArray) -> None:
    """Raise `CorruptArtifact` for bytes that would become more than `MOST_BYTES`, without unpacking them."""
    size = len(row.content)
    if row.compression == "zstd":
        try:
            size = zstandard.frame_content_size(row.content)
        except zstandard.ZstdError as error:
            raise CorruptArtifact(f"The stored array {row.name!r} is damaged: {error}.", _RESTORE) from error
    if not 0 <= size <= MOST_BYTES:
        message = f"The stored array {row.name!r} would take {size:,} bytes; at most {MOST_BYTES:,} are read."
        raise CorruptArtifact(message, _RESTORE)


def unpacked(row: StoredArray) -> NDArray[np.generic]:
    """Return the array as it was stored; `CorruptArtifact` if its bytes are not what was written."""
    try:
        content = row.content
        if row.compression == "zstd":
            content = zstandard.ZstdDecompressor().decompress(content)
        array = _array(row.dtype, row.shape, content)
    except (TypeError, ValueError, zstandard.ZstdError) as error:
        raise CorruptArtifact(f"The stored array {row.name!r} is damaged: {error}.", _RESTORE) from error
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise CorruptArtifact(f"The stored array {row.name!r} was altered.", _RESTORE)
    return array


def _array(dtype: str, shape: list[Any], content: bytes) -> NDArray[np.generic]:
    if dtype == _TEXTS:
        listed = json.loads(content.decode("utf-8", "surrogatepass"))
        texts: NDArray[np.generic] = np.array(listed, dtype=np.dtypes.StringDType()).reshape(shape)
        return texts
    kind, _, width = dtype.partition(":")
    raw = np.frombuffer(content, f"S{width}" if kind == "utf-8" else dtype).reshape(shape)
    return np.strings.decode(raw, "utf-8") if kind == "utf-8" else raw
