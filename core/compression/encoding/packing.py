"""Codes of 1 to 8 bits packed without gaps, and bit masks of which weights are not zero.

Eight codes share one 64-bit word. Neighbours are merged three times (8 -> 16 -> 32 -> 64 bit fields),
so every width costs the same few passes over contiguous memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

CODES_PER_WORD = 8
CHUNK_CODES = 1 << 18  # the passes stay within the cache
_FIELDS = (8, 16, 32)
_EVEN_FIELDS = {8: 0x00FF00FF00FF00FF, 16: 0x0000FFFF0000FFFF, 32: 0x00000000FFFFFFFF}


def packed_bytes(count: int, bits: int) -> int:
    """Return how many bytes `count` codes of `bits` bits take."""
    return (count * bits + 7) // 8


def pack(codes: Bytes, bits: int) -> Bytes:
    """Return codes `(count,)`, each below `2**bits`, packed into `packed_bytes(count, bits)` bytes."""
    if bits == 8:
        return codes.copy()
    packed = np.empty(packed_bytes(len(codes), bits), np.uint8)
    for start, chunk in _chunks(codes):
        words = _padded(chunk).view("<u8")
        for width in _FIELDS:
            words = _merge(words, width, bits)
        part = words.view(np.uint8).reshape(-1, CODES_PER_WORD)[:, :bits].ravel()
        offset = start * bits // 8
        packed[offset : offset + packed_bytes(len(chunk), bits)] = part[: packed_bytes(len(chunk), bits)]
    return packed


def unpack(packed: Bytes, bits: int, count: int) -> Bytes:
    """Return the `count` codes that `pack` was given."""
    if bits == 8:
        return packed[:count].copy()
    codes = np.empty(count, np.uint8)
    for start, chunk in _chunks(codes):
        size = packed_bytes(len(chunk), bits)
        offset = start * bits // 8
        rows = np.zeros((-(-len(chunk) // CODES_PER_WORD), CODES_PER_WORD), np.uint8)
        filled = np.zeros(len(rows) * bits, np.uint8)
        filled[:size] = packed[offset : offset + size]
        rows[:, :bits] = filled.reshape(-1, bits)
        words = rows.view("<u8").ravel()
        for width in reversed(_FIELDS):
            words = _split(words, width, bits)
        chunk[:] = words.view(np.uint8)[: len(chunk)]
    return codes


def pack_mask(mask: NDArray[np.bool_]) -> Bytes:
    """Return a mask `(count,)` as `ceil(count / 8)` bytes, lowest bit first."""
    return np.packbits(mask, bitorder="little")


def unpack_mask(packed: Bytes, count: int) -> NDArray[np.bool_]:
    """Return the mask that `pack_mask` was given."""
    return np.unpackbits(packed, count=count, bitorder="little").view(np.bool_)


def _merge(words: Words, width: int, bits: int) -> Words:
    """Close the gap between each even field and the odd one above it."""
    used = bits * (width // 8)
    even = np.uint64(_EVEN_FIELDS[width])
    odd = words & ~even
    odd >>= np.uint64(width - used)
    odd |= words & even
    return odd


def _split(words: Words, width: int, bits: int) -> Words:
    """Open the gap again that `_merge` closed."""
    used = bits * (width // 8)
    low = np.uint64(_repeated((1 << used) - 1, 2 * width))
    high = words & ~low
    high <<= np.uint64(width - used)
    high &= np.uint64(_repeated(((1 << used) - 1) << width, 2 * width))
    high |= words & low
    return high


def _repeated(pattern: int, period: int) -> int:
    """Return the bit pattern repeated over 64 bits."""
    return sum(pattern << shift for shift in range(0, 64, period))


def _chunks(codes: Bytes) -> Iterator[tuple[int, Bytes]]:
    for start in range(0, len(codes), CHUNK_CODES):
        yield start, codes[start : start + CHUNK_CODES]


def _padded(codes: Bytes) -> Bytes:
    missing = -len(codes) % CODES_PER_WORD
    if missing:
        return np.concatenate([codes, np.zeros(missing, np.uint8)])
    return np.ascontiguousarray(codes)
