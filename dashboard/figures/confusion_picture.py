"""A matrix of many classes as a small PNG: transparent where nothing is, red for harm, blue for gain."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from dashboard.theme import CONFUSION_BETTER, CONFUSION_WORSE

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SHADES = 120
"""Shades of each colour; entry 0 of the palette is transparent."""
_FAINTEST = 70
"""Opacity, of 255, of the smallest value that is not 0: single instances must be seen."""


def picture(matrix: NDArray[np.generic]) -> str:
    """Return `(classes, classes)` as a data URL, one pixel per cell.

    Off the diagonal more is worse; on it less is. The largest value has the full colour.
    """
    values = np.nan_to_num(np.asarray(matrix, np.float64))
    harm = values.copy()
    harm[np.diag_indices(len(harm))] *= -1
    largest = np.abs(harm).max() or 1.0
    strength = np.ceil(np.abs(harm) / largest * _SHADES).astype(np.uint8)
    indices = np.where(harm > 0, strength, np.where(harm < 0, strength + _SHADES, 0)).astype(np.uint8)
    return f"data:image/png;base64,{base64.b64encode(_png(indices)).decode()}"


def _png(indices: NDArray[np.uint8]) -> bytes:
    height, width = indices.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter, 0
    rows[:, 1:] = indices
    colours = b"\0\0\0" + bytes(CONFUSION_WORSE) * _SHADES + bytes(CONFUSION_BETTER) * _SHADES
    ramp = np.linspace(_FAINTEST, 255, _SHADES).round().astype(np.uint8).tobytes()
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", colours),
            _chunk(b"tRNS", b"\0" + ramp + ramp),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
