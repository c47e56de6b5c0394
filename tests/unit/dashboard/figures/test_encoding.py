"""Colours and areas of models."""

import math

import pytest

from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.encoding import LARGEST_PX, PLAIN_PX, SMALLEST_PX, VisualEncoding
from dashboard.theme import LIGHT


def models(metric, *values):
    return [model(n, metrics={metric: value}) for n, value in enumerate(values, start=1)]


def encoding(shown, colour=None, size=None):
    return VisualEncoding.of(shown, theme=LIGHT, colour=colour, size=size)


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


def test_one_collapsed_model_leaves_the_others_apart():
    shown = models("top1", 0.10, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
    encoded = encoding(shown, colour=ACCURACY)
    assert (encoded.colours.low, encoded.colours.high) == (0.90, 0.97)
    assert [one.id for one in shown if encoded.beyond(one)] == [1]
    assert encoded.fill(shown[0]) == encoded.fill(shown[1]) == LIGHT.scale[0]
    assert encoded.share(shown[4]) == pytest.approx(3 / 7)


def test_what_is_far_better_than_the_rest_keeps_the_best_colour_for_itself():
    shown = models("top1", *[0.08 + number / 1000 for number in range(9)], 0.232, 0.384)
    encoded = encoding(shown, colour=ACCURACY)
    assert encoded.colours.high == 0.384
    assert encoded.share(shown[-2]) < 0.6


def test_where_lower_is_better_a_huge_value_is_the_outlier():
    shown = models("file_bytes", *range(10, 20), 10_000)
    encoded = encoding(shown, colour=SIZE)
    assert encoded.colours.high == 19
    assert encoded.beyond(shown[-1])
    assert encoded.fill(shown[-1]) == LIGHT.scale[0]


@pytest.mark.parametrize(
    "values",
    [(0.1, 0.9, 0.91, 0.92), (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9), (-1e308, *[1e308] * 9)],
    ids=["few", "spread out", "near the largest float"],
)
def test_the_whole_range_has_colours_where_nothing_stands_out(values):
    shown = models("top1", *values)
    encoded = encoding(shown, colour=ACCURACY)
    assert not any(encoded.beyond(one) for one in shown)
    assert encoded.colours.low == min(values)


def test_equal_models_with_one_worse_do_not_look_the_same():
    shown = models("top1", 0.1, *[0.9] * 9)
    encoded = encoding(shown, colour=ACCURACY)
    assert encoded.fill(shown[0]) != encoded.fill(shown[1])


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
