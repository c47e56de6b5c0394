"""Intervals agree with published and independently computed values, and never leave their range."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from core.domain.measurement.intervals import mean_interval, median_interval, proportion_interval


@pytest.mark.parametrize(
    ("right", "instances", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_proportions_have_wilson_intervals(right: int, instances: int, low: float, high: float) -> None:
    found = proportion_interval(right / instances, instances)
    assert found == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_an_interval_of_a_proportion_contains_it_and_stays_a_proportion(instances: int, share: float) -> None:
    found = proportion_interval(share, instances)
    assert found is not None
    assert 0 <= found[0] <= share <= found[1] <= 1


@pytest.mark.parametrize(("share", "instances"), [(0.5, 0), (math.nan, 10), (1.5, 10), (-0.1, 10)])
def test_what_is_no_proportion_has_no_interval(share: float, instances: int) -> None:
    assert proportion_interval(share, instances) is None


def test_a_mean_has_the_normal_interval() -> None:
    # mean 2, sample standard deviation sqrt(2/3), five values
    found = mean_interval(np.array([1.0, 2.0, 3.0, 2.0, 2.0]))
    half = 1.959964 * math.sqrt(0.5) / math.sqrt(5)
    assert found == pytest.approx((2 - half, 2 + half), rel=1e-6)


def test_zeros_and_ones_are_a_proportion() -> None:
    assert mean_interval(np.array([True] * 15 + [False] * 133)) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_weights_make_a_weighted_mean() -> None:
    values, weights = np.array([1.0, 3.0]), np.array([3.0, 1.0])
    found = mean_interval(values, weights)
    assert found is not None
    assert sum(found) / 2 == pytest.approx(1.5)
    assert mean_interval(values, np.array([2.0, 2.0])) == pytest.approx(mean_interval(values))


@pytest.mark.parametrize("values", [[], [0.3], [1.0, math.nan], [1.0, math.inf]])
def test_too_few_or_unusual_values_have_no_interval(values: list[float]) -> None:
    assert mean_interval(np.array(values)) is None


def test_19_of_20_intervals_contain_the_true_mean() -> None:
    generator = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        low, high = mean_interval(generator.exponential(2.0, 400)) or (0, 0)
        hits += low <= 2.0 <= high
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize(("count", "low", "high"), [(6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33)])
def test_a_median_lies_between_the_ranks_of_the_tables(count: int, low: int, high: int) -> None:
    # W. J. Conover, "Practical Nonparametric Statistics", table A3: the binomial distribution, p = 0.5
    ranks = [float(rank) for rank in range(1, count + 1)]
    assert median_interval(ranks[::-1]) == (low, high)


@pytest.mark.parametrize("count", [7, 33, 100, 999, 1000, 2000])
def test_ranks_agree_with_scipy(count: int) -> None:
    rank = float(binom.ppf(0.025, count, 0.5))
    low, high = median_interval([float(rank) for rank in range(1, count + 1)]) or (0, 0)
    assert low == pytest.approx(rank, abs=1)  # the normal approximation of very many may be off by one
    assert low + high == count + 1


def test_few_repetitions_have_no_interval() -> None:
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert median_interval([]) is None
