"""Histograms count every instance once, and a bin's filter passes exactly what the bin counts."""

import numpy as np
import pytest

from core.comparison.behaviour.histograms import BINS, histograms
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.predictions import Predictions, Split
from core.comparison.behaviour.quantities import Quantity
from core.comparison.behaviour.selecting import Compared, choose

N, CLASSES = 500, 10


def random_model(seed: int) -> Predictions:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.full(CLASSES, 0.3), N) * 0.999 + 1e-4
    given = probabilities.argmax(axis=1)
    lp = np.log(probabilities).astype(np.float16)
    return Predictions(given, given == LABELS, lp, confidence=probabilities.max(axis=1).astype(np.float16))


LABELS = np.random.default_rng(0).integers(0, CLASSES, N)
NAMES = tuple(map(str, range(CLASSES)))


@pytest.fixture
def compared() -> Compared:
    return Compared(Split(LABELS, NAMES), "1", random_model(1), {"2": random_model(2), "3": random_model(3)})


@pytest.mark.parametrize("which", list(Quantity))
def test_the_filter_of_a_bin_passes_what_the_bin_counts(compared: Compared, which: Quantity):
    found = histograms(compared, which, np.ones(N, bool))
    assert found is not None
    for one in found.models:
        assert sum(one.counts) + one.unknown == N
        for place in range(BINS):
            parts = (one.model_id, which.value, repr(found.edges[place]), repr(found.edges[place + 1]))
            passed = choose(compared, [InstanceFilter(FilterKind.RANGE, parts)]).passed
            assert passed.sum() == one.counts[place]


def test_changes_have_no_histogram_of_the_baseline(compared: Compared):
    found = histograms(compared, Quantity.KL, np.ones(N, bool))
    assert found is not None
    assert [one.model_id for one in found.models] == ["2", "3"]
    both = histograms(compared, Quantity.LOSS, np.ones(N, bool))
    assert both is not None
    assert [one.model_id for one in both.models] == ["1", "2", "3"]


def test_counts_are_those_of_numpy(compared: Compared):
    passed = LABELS < 3
    found = histograms(compared, Quantity.CONFIDENCE, passed)
    assert found is not None
    confidence = np.asarray(compared.models["2"].confidence, float)
    expected, _ = np.histogram(confidence, bins=BINS, range=(0, 1))
    assert found.models[1].counts == tuple(expected)
    assert found.models[1].passed == tuple(np.histogram(confidence[passed], bins=BINS, range=(0, 1))[0])


def test_instances_without_answer_are_counted_apart(compared: Compared):
    broken = Predictions(np.full(N, -1), np.zeros(N, bool), confidence=np.full(N, np.nan, np.float16))
    found = histograms(
        Compared(compared.split, "1", compared.baseline, {"2": broken}), Quantity.CONFIDENCE, np.ones(N, bool)
    )
    assert found is not None
    assert (sum(found.models[1].counts), found.models[1].unknown) == (0, N)


def test_there_is_none_where_nothing_is_kept():
    plain = Predictions(np.zeros(3, int), np.ones(3, bool))
    assert (
        histograms(Compared(Split(None, ()), "1", plain, {"2": plain}), Quantity.KL, np.ones(3, bool)) is None
    )
