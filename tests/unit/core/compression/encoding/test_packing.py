"""Packing: every width, every odd size, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compression.encoding import packing
from core.compression.encoding.packing import pack, pack_mask, packed_bytes, unpack, unpack_mask


@given(bits=st.integers(1, 8), count=st.integers(0, 300), seed=st.integers(0, 2**32 - 1))
def test_codes_come_back(bits: int, count: int, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 2**bits, count, dtype=np.uint8)
    packed = pack(codes, bits)
    assert len(packed) == packed_bytes(count, bits)
    np.testing.assert_array_equal(unpack(packed, bits, count), codes)


@pytest.mark.parametrize("bits", range(1, 9))
def test_codes_come_back_across_chunks(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "CHUNK_CODES", 64)
    codes = np.random.default_rng(bits).integers(0, 2**bits, 64 * 3 + 5, dtype=np.uint8)
    np.testing.assert_array_equal(unpack(pack(codes, bits), bits, len(codes)), codes)


@pytest.mark.parametrize("bits", range(1, 9))
def test_packing_is_the_little_endian_bit_stream(bits: int) -> None:
    codes = np.random.default_rng(bits).integers(0, 2**bits, 24, dtype=np.uint8)
    stream = sum(int(code) << (position * bits) for position, code in enumerate(codes))
    assert pack(codes, bits).tobytes() == stream.to_bytes(packed_bytes(24, bits), "little")


def test_packing_leaves_the_codes_alone() -> None:
    codes = np.arange(16, dtype=np.uint8)
    pack(codes, 4)
    np.testing.assert_array_equal(codes, np.arange(16))


@given(mask=st.lists(st.booleans(), max_size=100))
def test_masks_come_back(mask: list[bool]) -> None:
    array = np.array(mask, dtype=np.bool_)
    packed = pack_mask(array)
    assert len(packed) == (len(mask) + 7) // 8
    np.testing.assert_array_equal(unpack_mask(packed, len(mask)), array)
