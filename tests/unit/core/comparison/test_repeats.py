"""Which models repeat one recipe with other seeds."""

import math

import pytest

from core.comparison.repeats import Spread, repeats, repeats_of, spread_over_seeds
from core.domain.recipe import Step
from core.testing.projects.forests import model

PRUNE = Step("prune", {"sparsity": 0.5})


def ids(models):
    return [[one.id for one in group] for group in repeats(models)]


def test_seeds_of_any_step_make_repeats():
    one, two = model(1, seed=0), model(2, seed=1)
    assert ids([one, two, model(3, one, PRUNE), model(4, two, PRUNE)]) == [[1, 2], [3, 4]]


def test_other_values_are_no_repeats():
    base = model(1)
    assert ids([base, model(2, base, PRUNE, seed=1), model(3, base, Step("prune", {"sparsity": 0.6}))]) == []


def test_equal_values_written_differently_are_repeats():
    base = model(1)
    other = Step("prune", {"sparsity": 0.50})
    assert ids([base, model(2, base, PRUNE, seed=1), model(3, base, other, seed=2)]) == [[2, 3]]


def test_the_same_seed_twice_repeats_nothing():
    base = model(1)
    assert ids([base, model(2, base, PRUNE), model(3, base, PRUNE)]) == []


def test_figures_without_a_source_are_told_by_name():
    assert ids([model(1, source=None, name="a"), model(2, source=None, name="b", seed=1)]) == []


def test_the_spread_is_of_all_seeds_that_were_measured():
    base = model(1)
    values = (0.5, 0.75, 0.55, None, math.nan)
    made = [
        model(2 + seed, base, PRUNE, seed=seed, metrics={} if value is None else {"top1": value})
        for seed, value in enumerate(values)
    ]
    group = repeats_of(3, [base, *made, model(9, base, Step("prune", {"sparsity": 0.6}), seed=9)])
    assert [one.id for one in group] == [2, 3, 4, 5, 6]
    assert spread_over_seeds(group, "top1") == Spread(
        3, pytest.approx(0.6), 0.5, 0.75, pytest.approx(0.3287, abs=1e-4)
    )
    assert spread_over_seeds(group[:1], "top1") is None
    assert repeats_of(1, [base, *made]) == ()
