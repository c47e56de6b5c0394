"""Change of metrics against a reference."""

import pytest

from core.comparison.changes import changes
from core.testing.laboratory import ACCURACY, LATENCY, SIZE
from core.testing.projects.forests import model


def measured(**values: float):
    return model(1, metrics=values)


def test_a_gain_of_accuracy_is_better():
    (change,) = changes(measured(top1=0.95), measured(top1=0.90), [ACCURACY])
    assert change.change == pytest.approx(0.05)
    assert change.better is True


def test_a_larger_file_is_worse():
    (change,) = changes(measured(file_bytes=200.0), measured(file_bytes=100.0), [SIZE])
    assert (change.change, change.better) == (100.0, False)


def test_no_change_is_neither():
    assert changes(measured(top1=0.9), measured(top1=0.9), [ACCURACY])[0].better is None


def test_a_change_within_the_intervals_is_shown_and_neither_better_nor_worse():
    before = model(1, metrics={"top1": 0.95}, intervals={"top1": (0.93, 0.97)})
    after = model(2, metrics={"top1": 0.94}, intervals={"top1": (0.92, 0.96)})
    (change,) = changes(after, before, [ACCURACY])
    assert change.change == pytest.approx(-0.01)
    assert change.better is None


def test_times_a_fifth_apart_are_neither_better_nor_worse():
    assert changes(measured(latency_ms=0.8), measured(latency_ms=1.0), [LATENCY])[0].better is None
    assert changes(measured(latency_ms=0.7), measured(latency_ms=1.0), [LATENCY])[0].better is True


@pytest.mark.parametrize(
    ("values", "reference"), [({}, {"top1": 1.0}), ({"top1": 1.0}, {})], ids=["own", "other"]
)
def test_a_metric_that_one_side_lacks_has_no_change(values, reference):
    (change,) = changes(measured(**values), measured(**reference), [ACCURACY])
    assert change.change is None
    assert change.better is None


def test_without_a_reference_there_are_values_only():
    (change,) = changes(measured(top1=0.9), None, [ACCURACY])
    assert (change.value, change.change, change.better) == (0.9, None, None)
