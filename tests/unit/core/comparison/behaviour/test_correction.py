"""Adjusted p-values are those of SciPy."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from core.comparison.behaviour.false_discovery import false_discovery_rates


@pytest.mark.parametrize("seed", range(5))
def test_rates_are_those_of_scipy(seed):
    p_values = np.random.default_rng(seed).random(200) ** 3
    p_values[::7] = p_values[0]  # ties
    assert false_discovery_rates(p_values) == pytest.approx(false_discovery_control(p_values))


def test_unknown_values_do_not_take_part():
    found = false_discovery_rates([0.01, np.nan, 0.04])
    assert found[[0, 2]] == pytest.approx(false_discovery_control([0.01, 0.04]))
    assert np.isnan(found[1])
    assert len(false_discovery_rates([])) == 0
