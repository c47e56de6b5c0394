"""The agreement of every two models."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from core.comparison.behaviour.agreement import agreement


def test_every_two_models_agree_as_their_accuracy_on_each_other():
    draw = np.random.default_rng(0)
    models = [draw.integers(0, 3, 40_000) for _ in range(4)]  # more than are compared at a time
    shares = agreement(models).shares
    expected = [[accuracy_score(one, other) for other in models] for one in models]
    np.testing.assert_allclose(shares, expected)


def test_the_pair_that_is_least_alike_is_named():
    same = np.zeros(10, int)
    other = np.array([1] * 4 + [0] * 6)
    assert agreement([same, same, other]).least == (0, 2)
    assert agreement([same]).least is None


def test_texts_agree_where_they_are_equal():
    one, other = (np.array(texts, np.dtypes.StringDType()) for texts in (["a", "b c"], ["a", "bc"]))
    assert agreement([one, other]).shares[0, 1] == 0.5


def test_without_instances_nothing_is_known():
    found = agreement([np.zeros(0, int)] * 2)
    assert np.isnan(found.shares).all()
    assert found.least is None


def test_models_of_other_instances_are_refused():
    with pytest.raises(ValueError, match="instances differ"):
        agreement([np.zeros(3, int), np.zeros(4, int)])
