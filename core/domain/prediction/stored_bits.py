"""How many bits the forms take in which a tensor can be stored: the rules of files and of predictions."""

from __future__ import annotations

from typing import TypeVar

Number = TypeVar("Number", int, float)

SCALE_BITS = 32
ZERO_POINT_BITS = 8
MASK_BITS = 1
"""Of each weight, in tensors that leave out zeros, or that keep which weights were pruned."""


def plain_bits(numbers: int, kept: Number | None, number_bits: Number) -> Number:
    """Return the bits of plain numbers; of those `kept` and a mask, where zeros are left out."""
    return numbers * number_bits if kept is None else numbers * MASK_BITS + kept * number_bits


def coded_bits(numbers: int, kept: Number | None, code_bits: Number, table_bits: Number) -> Number:
    """Return the bits of codes with their table; of those `kept` and a mask, where zeros are left out."""
    return plain_bits(numbers, kept, code_bits) + table_bits


def scale_table_bits(scales: int, *, zero_points: bool) -> int:
    """Return the bits of a table of scales, and of zero points where they are not all in the middle."""
    return scales * (SCALE_BITS + (ZERO_POINT_BITS if zero_points else 0))
