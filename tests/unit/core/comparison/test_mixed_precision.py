"""Candidates under a budget: the optimum of every small problem, never worse than greedy, never too large."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.comparison.mixed_precision import Floats, exact, frontier, greedy


def problem(seed: int, parts: int, candidates: int) -> tuple[Floats, Floats]:
    """Costs and sizes of which some are missing; the first candidate leaves a part as it is."""
    chance = np.random.default_rng(seed)
    costs = chance.normal(0.3, 0.5, (parts, candidates))
    sizes = chance.integers(1, 60, (parts, candidates)).astype(np.float64)
    costs[:, 0], sizes[:, 0] = 0, 60
    missing = chance.random((parts, candidates)) < 0.15
    missing[:, 0] = False
    costs[missing] = np.nan
    return costs, sizes


def best(costs: Floats, sizes: Floats, budget: float) -> float | None:
    """The least cost by trying everything."""
    rows = np.arange(len(costs))
    tried = (np.array(each) for each in itertools.product(range(costs.shape[1]), repeat=len(costs)))
    within = [
        costs[rows, each].sum()
        for each in tried
        if np.isfinite(costs[rows, each]).all() and sizes[rows, each].sum() <= budget
    ]
    return min(within, default=None)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    parts=st.integers(1, 5),
    candidates=st.integers(1, 4),
    share=st.floats(0, 1.1),
)
def test_the_least_cost_of_all_within_the_budget(
    seed: int, parts: int, candidates: int, share: float
) -> None:
    costs, sizes = problem(seed, parts, candidates)
    budget = share * sizes[:, 0].sum()
    expected, found = best(costs, sizes, budget), exact(costs, sizes, budget)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.cost == pytest.approx(expected, abs=1e-9)
        assert found.size <= budget
        rows = np.arange(parts)
        assert found.size == sizes[rows, list(found.choice)].sum()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.2, 1))
def test_never_worse_than_greedy(seed: int, share: float) -> None:
    costs, sizes = problem(seed, 40, 6)
    budget = share * sizes[:, 0].sum()
    found, rough = exact(costs, sizes, budget), greedy(costs, sizes, budget)
    if rough is not None and rough.size <= budget:
        assert found is not None
        assert found.cost <= rough.cost + 1e-12


def test_sometimes_better_than_greedy() -> None:
    """The best rate takes the first part down; taking the second alone is enough and costs less in total."""
    costs = np.array([[0, 1.0], [0, 7.0]])
    sizes = np.array([[10, 5.0], [100, 70.0]])
    rough, found = greedy(costs, sizes, 80), exact(costs, sizes, 80)
    assert rough is not None
    assert found is not None
    assert (rough.cost, found.cost) == (8, 7)


def test_nothing_fits_into_too_small_a_budget() -> None:
    costs, sizes = np.array([[0, 1.0]]), np.array([[10, 5.0]])
    assert exact(costs, sizes, 4.9) is None
    assert exact(np.array([[np.nan]]), np.array([[1.0]]), 5) is None


def test_the_frontier_falls_from_the_smallest_to_what_costs_least() -> None:
    costs, sizes = problem(3, 12, 5)
    found = frontier(costs, sizes)
    assert len(found) > 5
    assert [each.size for each in found] == sorted(each.size for each in found)
    assert [each.cost for each in found] == sorted((each.cost for each in found), reverse=True)
    usable = np.where(np.isfinite(costs), costs, np.inf)
    assert found[-1].cost == pytest.approx(usable.min(axis=1).sum())
    assert frontier(np.zeros((0, 2)), np.zeros((0, 2))) == []


def test_the_solver_writes_nothing_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(0)  # with these numbers HiGHS repairs a solution and prints so
    weights = np.exp(chance.normal(11, 1.5, 40))
    costs = np.exp(chance.normal(-7, 2, 40))[:, None] * 4.0 ** -np.array([20, 8, 6, 4, 3, 2.0])
    costs *= np.exp(chance.normal(0, 0.3, (40, 6)))
    costs[:, 0] = 0
    assert frontier(costs, np.round(weights[:, None] * np.array([32.0, 8, 6, 4, 3, 2])))
    assert capfd.readouterr().out == ""
