"""Counting values in pieces."""

from __future__ import annotations

import torch

from core.compression.encoding.chunks import MOST_COUNTED, histogram


def test_more_values_in_one_bin_than_float32_counts_to() -> None:
    counts = histogram(torch.zeros(1).expand(MOST_COUNTED + 7), 3, -1.0, 1.0)
    assert counts.tolist() == [0, MOST_COUNTED + 7, 0]
    assert counts.dtype == torch.float64


def test_short_numbers_are_counted_too() -> None:
    values = torch.tensor([[-1.0, 0.9], [1.0, 7.0]], dtype=torch.bfloat16)
    assert histogram(values, 2, -1.0, 1.0).tolist() == [1, 2]
