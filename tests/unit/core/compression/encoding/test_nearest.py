"""Nearest values: the same as trying all."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from core.compression.encoding.nearest import nearest


def by_trying(values: torch.Tensor, codebook: torch.Tensor) -> torch.Tensor:
    boundaries = (codebook[1:] + codebook[:-1]) / 2
    return (values[:, None] > boundaries).sum(dim=1)


@given(
    codebook=st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40, unique=True),
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60),
)
def test_the_same_as_trying_all(codebook: list[float], values: list[float]) -> None:
    book = torch.tensor(codebook).unique()
    points = torch.cat([torch.tensor(values), book, (book[1:] + book[:-1]) / 2])
    assert nearest(points, book).tolist() == by_trying(points, book).tolist()


def test_crowded_values_are_told_apart() -> None:
    book = torch.cat([torch.linspace(0, 1e-6, 100), torch.tensor([1.0])])
    points = torch.rand(1000) * 2e-6
    assert nearest(points, book).tolist() == by_trying(points, book).tolist()


def test_all_256_values_across_chunks() -> None:
    book = torch.linspace(-1, 1, 256)
    points = torch.randn(70_000)
    assert nearest(points, book).tolist() == by_trying(points, book).tolist()


def test_the_shape_is_kept() -> None:
    assert nearest(torch.zeros(2, 3, 4), torch.tensor([0.0, 1.0])).shape == (2, 3, 4)
