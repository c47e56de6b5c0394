"""Paired differences against counting and simulated coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.behaviour.paired import Pairs, corrected, error_ratio, share_difference

COUNTS = st.tuples(*[st.integers(0, 40)] * 4).map(lambda counts: Pairs(*counts))


def test_mcnemar_is_the_binomial_test_of_what_changed():
    found = share_difference(Pairs(both=80, only_before=16, only_after=4, neither=0))
    assert found.p_value == pytest.approx(0.011818, abs=1e-6)  # 2 * P(X <= 4), X ~ B(20, 1/2)


def test_no_change_is_no_significant_change():
    found = share_difference(Pairs(590, 0, 0, 9))
    assert (found.value, found.p_value) == (0.0, 1.0)
    assert found.low < 0 < found.high


def test_four_against_seven_errors_of_599_is_noise():
    assert corrected([share_difference(Pairs(590, 5, 2, 2))])[0].significant is False


@given(COUNTS)
def test_swapping_the_models_turns_the_difference_round(pairs):
    there = share_difference(pairs)
    back = share_difference(Pairs(pairs.both, pairs.only_after, pairs.only_before, pairs.neither))
    if not pairs.instances:
        assert math.isnan(there.value)
        return
    assert back.value == pytest.approx(-there.value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p_value == pytest.approx(there.p_value)
    assert -1 <= there.low <= there.value + 1e-12
    assert there.value <= there.high + 1e-12 <= 1 + 1e-9


@pytest.mark.parametrize("instances", [20, 200])
@pytest.mark.parametrize(
    "cells", [(0.7, 0.15, 0.05, 0.1), (0.9, 0.04, 0.04, 0.02), (0.3, 0.4, 0.05, 0.25)], ids=str
)
def test_intervals_of_shares_contain_the_truth(instances, cells):
    random = np.random.default_rng(0)
    truth = cells[2] - cells[1]
    draws = random.multinomial(instances, cells, size=1000)
    found = [share_difference(Pairs(*draw)) for draw in draws.tolist()]
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.90


@pytest.mark.parametrize("instances", [20, 500])
def test_intervals_of_error_ratios_contain_the_truth(instances):
    random = np.random.default_rng(1)
    cells = (0.5, 0.2, 0.1, 0.2)
    truth = (0.2 + 0.2) / (0.1 + 0.2) - 1
    draws = random.multinomial(instances, cells, size=1000)
    found = [error_ratio(Pairs(*draw)) for draw in draws.tolist()]
    covered = [one.low <= truth <= one.high for one in found if not math.isnan(one.value)]
    assert 0.90 <= np.mean(covered) <= 0.99


def test_error_ratio_is_the_share_of_more_errors():
    assert error_ratio(Pairs(70, 15, 5, 10)).value == pytest.approx(25 / 15 - 1)


def test_error_ratio_of_a_perfect_baseline_is_unknown():
    assert math.isnan(error_ratio(Pairs(90, 10, 0, 0)).value)


def test_correction_is_benjamini_hochberg():
    found = corrected([share_difference(Pairs(50, before, 0, 50)) for before in (0, 4, 6, 9)])
    # p = 1, 0.125, 0.03125, 0.0039; the third is compared with 2/4 * 0.05 = 0.025
    assert [one.significant for one in found] == [False, False, False, True]


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shapes differ"):
        Pairs.of(np.zeros(3, bool), np.zeros(4, bool))
