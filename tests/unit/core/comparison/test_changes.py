"""Change of metrics against a reference."""

import pytest

from core.comparison.changes import changes
from core.testing.laboratory import ACCURACY, SIZE


def test_a_gain_of_accuracy_is_better():
    (change,) = changes({"top1": 0.95}, {"top1": 0.90}, [ACCURACY])
    assert change.change == pytest.approx(0.05)
    assert change.better is True


def test_a_larger_file_is_worse():
    (change,) = changes({"file_bytes": 200.0}, {"file_bytes": 100.0}, [SIZE])
    assert (change.change, change.better) == (100.0, False)


def test_no_change_is_neither():
    assert changes({"top1": 0.9}, {"top1": 0.9}, [ACCURACY])[0].better is None


@pytest.mark.parametrize(
    ("values", "reference"), [({}, {"top1": 1.0}), ({"top1": 1.0}, {})], ids=["own", "other"]
)
def test_a_metric_that_one_side_lacks_has_no_change(values, reference):
    (change,) = changes(values, reference, [ACCURACY])
    assert change.change is None
    assert change.better is None
