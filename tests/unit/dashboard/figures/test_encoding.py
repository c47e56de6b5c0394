"""Colours and areas of models."""

import math

import pytest

from core.testing.forests import model
from core.testing.laboratory import ACCURACY, SIZE
from dashboard.figures.encoding import LARGEST_PX, PLAIN_PX, SMALLEST_PX, Encoding
from dashboard.theme import LIGHT


def models(metric, *values):
    return [model(n, metrics={metric: value}) for n, value in enumerate(values, start=1)]


def encoding(shown, colour=None, size=None):
    return Encoding.of(shown, theme=LIGHT, colour=colour, size=size)


def test_the_best_accuracy_has_the_better_end_of_the_scale():
    worst, best = models("top1", 0.1, 0.9)
    encoded = encoding([worst, best], colour=ACCURACY)
    assert (encoded.fill(worst), encoded.fill(best)) == (LIGHT.scale[0], LIGHT.scale[-1])


def test_where_lower_is_better_the_smallest_has_the_better_end():
    small, large = models("file_bytes", 10.0, 90.0)
    assert encoding([small, large], colour=SIZE).fill(small) == LIGHT.scale[-1]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_cannot_be_drawn_is_missing_and_not_zero(value):
    odd, fine = models("top1", value, 0.5)
    encoded = encoding([odd, fine], colour=ACCURACY)
    assert encoded.fill(odd) is None
    assert encoded.fill(fine) is not None


def test_a_model_without_the_metric_is_missing():
    assert encoding([model(1)], colour=ACCURACY).fill(model(1)) is None


def test_without_a_metric_all_have_one_colour():
    assert encoding([model(1)]).fill(model(1)) is not None


def test_area_is_proportional_to_the_metric():
    quarter, full = models("file_bytes", 25.0, 100.0)
    encoded = encoding([quarter, full], size=SIZE)
    assert encoded.diameter_px(full) == LARGEST_PX
    assert encoded.diameter_px(quarter) == pytest.approx(LARGEST_PX / 2)


def test_a_legend_asks_for_the_diameter_of_a_value():
    narrow = encoding(models("file_bytes", 80.3, 83.1), size=SIZE)
    assert narrow.diameter_of(80.3) == pytest.approx(LARGEST_PX, rel=0.02)


def test_tiny_models_can_still_be_hit():
    tiny, full = models("file_bytes", 0.001, 100.0)
    assert encoding([tiny, full], size=SIZE).diameter_px(tiny) == SMALLEST_PX


def test_a_model_of_unknown_size_has_a_plain_one():
    assert encoding(models("file_bytes", 1.0), size=SIZE).diameter_px(model(9)) == PLAIN_PX
