"""Figures near the ends of what a float can hold are drawn like any others."""

import json
import math

import numpy as np
import pytest

from core.comparison.grouping import grouped
from core.comparison.variables.variables import what_differs
from core.domain.metric import Direction, MetricDefinition
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.encoding import VisualEncoding
from dashboard.figures.extremes import drawing_factor, share_between
from dashboard.figures.grouped import draw_grouped
from dashboard.figures.metric_scale import BINS, histogram
from dashboard.figures.parallel import draw_parallel
from dashboard.figures.scatter.scatter import ScatterAxes, budget_limits, draw_scatter, scatter_points
from dashboard.theme import LIGHT, colour_at

PAIRS = {
    "huge": (-1e308, 1e308),
    "from tiny to huge": (5e-324, 1e308),
    "tiny": (0.0, 5e-324),
    "as close as can be": (0.5, math.nextafter(0.5, 1.0)),
    "largest and alike": (1.7e308, 1.7e308),
}
METRIC = MetricDefinition("acc", "Accuracy", Direction.HIGHER)

pairs = pytest.mark.parametrize("pair", PAIRS.values(), ids=list(PAIRS))


def measured(pair):
    base = model(1, metrics={"top1": pair[0], "acc": pair[0], "file_bytes": pair[1]})
    step = Step("prune", {"sparsity": 0.5})
    return [base, model(2, base, step, metrics={"top1": pair[1], "acc": pair[1], "file_bytes": pair[0]})]


def scatter(pair, **switches):
    axes = ScatterAxes(SIZE, ACCURACY, show_names=True, show_repeats=True, **switches)
    models = measured(pair)
    points = scatter_points(models, axes)
    encoding = VisualEncoding.of(models, theme=LIGHT, colour=METRIC, size=SIZE)
    return draw_scatter(points, axes, encoding, budget_limits(axes, {"file_bytes": 10.0}))


@pairs
def test_colours_reach_from_one_end_of_the_scale_to_the_other(pair):
    models = measured(pair)
    fills = [VisualEncoding.of(models, theme=LIGHT, colour=METRIC, size=SIZE).fill(one) for one in models]
    best = colour_at(LIGHT.scale, 1.0)
    assert fills == [best if pair[0] == pair[1] else colour_at(LIGHT.scale, 0.0), best]


@pairs
@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_plots_are_told_finite_numbers_in_a_range_they_can_compute_with(pair, log):
    drawn = scatter(pair, log_x=log, log_y=log)
    json.dumps(drawn, allow_nan=False)
    axis = drawn["layout"]["xaxis"]
    if "range" in axis:
        assert 0 < axis["range"][1] - axis["range"][0] < 1e101


def test_a_linear_axis_of_extremes_has_ticks_of_the_true_values():
    axis = scatter(PAIRS["huge"])["layout"]["xaxis"]
    assert (axis["ticktext"][0], axis["ticktext"][-1]) == ("-1.00e+296 TB", "1.00e+296 TB")
    assert axis["range"] == pytest.approx([-1.1, 1.1])


def test_a_log_axis_over_hundreds_of_decades_has_a_handful_of_ticks():
    axis = scatter(PAIRS["from tiny to huge"], log_x=True)["layout"]["xaxis"]
    assert 4 <= len(axis["tickvals"]) <= 8
    assert axis["ticktext"][0] == "1e-318"


@pytest.mark.parametrize("high", [1e4, 1e-7], ids=["wide", "narrow"])
def test_usual_figures_leave_the_ticks_to_the_plot(high):
    assert "tickvals" not in scatter((1e-9, high))["layout"]["xaxis"]


@pairs
def test_histograms_bars_and_lines_are_drawn(pair):
    models = measured(pair)
    assert (len(histogram(pair)), max(histogram(pair))) == (BINS, 1.0)
    encoding = VisualEncoding.of(models, theme=LIGHT, colour=METRIC, size=None)
    lines = draw_parallel(models, ["metric:acc"], {"acc": METRIC}, specs={}, encoding=encoding)["lines"]
    assert [line["places"][0] for line in lines] == [0.0, 0.0 if pair[0] == pair[1] else 1.0]
    (chart,) = draw_grouped(grouped(what_differs(models, [1, 2]), models, [METRIC]), LIGHT)
    heights = [abs(dot["value"]) for group in chart["groups"] for dot in group["dots"]]
    axis = chart["axis"]
    assert axis["low"] < min(tick for tick, _ in axis["ticks"]) < axis["high"]
    assert max(heights) <= 10


@pairs
def test_shares_lie_between_the_ends(pair):
    if pair[0] < pair[1]:
        assert [share_between(value, *pair) for value in pair] == [0.0, 1.0]


def test_usual_values_are_drawn_as_they_are():
    assert drawing_factor(np.array([0.0, 3.5e9])) == 1.0
