"""Means of values of any size."""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.means import mean


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_a_mean_is_finite_and_between_the_ends(values):
    found = mean(values)
    assert math.isfinite(found)
    assert min(values) <= found or math.isclose(found, min(values))
    assert found <= max(values) or math.isclose(found, max(values))


def test_the_mean_of_the_largest_values_is_no_infinity():
    assert mean([1.5e308, 1.5e308]) == pytest.approx(1.5e308)
    assert mean([sys.float_info.max] * 7) == sys.float_info.max
