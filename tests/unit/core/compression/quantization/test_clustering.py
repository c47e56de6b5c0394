"""One-dimensional k-means: optimal where that can be checked, never worse than scikit-learn's."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from core.compression.quantization.clustering import EXACT_BELOW, cluster


def squared_error(values: torch.Tensor, means: torch.Tensor) -> float:
    return float((values.reshape(-1, 1).double() - means.double()).abs().amin(dim=1).square().sum())


def least_error(values: list[float], count: int) -> float:
    """Try every way to cut the sorted values into at most `count` runs."""
    ordered = np.sort(np.array(values, dtype=np.float64))

    @functools.cache
    def best(end: int, clusters: int) -> float:
        if end == 0:
            return 0.0
        if clusters == 0:
            return float("inf")
        return min(
            best(start, clusters - 1) + float(((run := ordered[start:end]) - run.mean()).__pow__(2).sum())
            for start in range(end)
        )

    return best(len(ordered), count)


@given(
    values=st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=25),
    count=st.integers(1, 6),
)
def test_small_sets_are_clustered_optimally(values: list[float], count: int) -> None:
    found = cluster(torch.tensor(values), count)
    assert len(found) <= count
    assert squared_error(torch.tensor(values), found) <= least_error(values, count) * 1.0001 + 1e-8


@pytest.mark.parametrize("count", [2, 4, 16])
@pytest.mark.parametrize("size", [3000, 2 * EXACT_BELOW], ids=["exact bins", "histogram"])
@pytest.mark.parametrize("shape", ["normal", "long-tailed", "two humps"])
def test_the_error_is_not_above_scikit_learns(count: int, size: int, shape: str) -> None:
    generator = np.random.default_rng(7)
    values = {
        "normal": generator.normal(size=size),
        "long-tailed": generator.standard_t(3, size=size),
        "two humps": np.concatenate(
            [generator.normal(-3, 0.2, size // 2), generator.normal(1, 1, size // 2)]
        ),
    }[shape].astype(np.float32)
    theirs = KMeans(count, n_init=1, random_state=0).fit(values[:, None])
    centres = torch.from_numpy(theirs.cluster_centers_[:, 0].copy())
    tensor = torch.from_numpy(values)
    assert squared_error(tensor, cluster(tensor, count)) <= squared_error(tensor, centres)


def test_few_distinct_values_are_kept_exactly() -> None:
    values = torch.tensor([0.1, -2.5, 0.1, 7.25]).repeat(20_000)
    assert cluster(values, 8).tolist() == pytest.approx([-2.5, 0.1, 7.25])


def test_a_far_offset_does_not_spoil_the_means() -> None:
    values = torch.randn(50_000) * 1e-3 + 1000
    assert squared_error(values, cluster(values, 16)) < 0.02 * float((values - values.mean()).square().sum())


def test_equal_values_give_one_mean() -> None:
    assert cluster(torch.full((100_000,), 3.5), 4).tolist() == [3.5]
