"""Training curves: what is drawn on which axis, and what the title says."""

from __future__ import annotations

import math

import pytest

from core.domain.ids import RunId
from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.queue.training_curve import CurvePoint, TrainingCurve
from dashboard.figures.training_curve import curve_title, draw_curves
from dashboard.theme import LIGHT

METRICS = {"top1": MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT)}
POINTS = (
    CurvePoint(10, 0.5, {"loss": 2.0}),
    CurvePoint(20, 1.0, {"loss": 1.0, "top1": 0.5}),
    CurvePoint(30, 1.5, {"loss": math.nan}),
    CurvePoint(40, 2.0, {"loss": 0.25, "top1": 0.75}),
)
CURVE = TrainingCurve(RunId(1), 1, POINTS)


def test_loss_and_metric_have_a_chart_each_over_the_same_updates() -> None:
    loss, top1 = draw_curves([CURVE], METRICS, LIGHT)["data"]
    assert (loss["yaxis"], loss["x"], loss["y"]) == ("y", [10, 20, 30, 40], [2.0, 1.0, None, 0.25])
    assert (top1["yaxis"], top1["x"], top1["y"]) == ("y2", [20, 40], [50.0, 75.0])


def test_shares_have_the_ticks_that_tables_write() -> None:
    layout = draw_curves([CURVE], METRICS, LIGHT)["layout"]
    assert (layout["yaxis"]["ticksuffix"], layout["yaxis2"]["ticksuffix"]) == ("", " %")


def test_the_charts_do_not_overlap() -> None:
    layout = draw_curves([CURVE], METRICS, LIGHT)["layout"]
    upper, lower = layout["yaxis"]["domain"], layout["yaxis2"]["domain"]
    assert 0 <= lower[0] < lower[1] < upper[0] < upper[1] == 1


def test_earlier_attempts_are_faint_and_below_the_latest() -> None:
    again = TrainingCurve(RunId(1), 2, (CurvePoint(10, 0.5, {"loss": 3.0}),))
    traces = draw_curves([CURVE, again], METRICS, LIGHT)["data"]
    assert [trace["line"]["color"] == LIGHT.accent for trace in traces] == [False, False, True]
    assert traces[-1]["y"] == [3.0]


def test_a_long_curve_keeps_its_ends_and_is_thinned() -> None:
    points = tuple(CurvePoint(step, step / 100, {"loss": 1 / step}) for step in range(1, 2_001))
    (line,) = draw_curves([TrainingCurve(RunId(1), 1, points)], {}, LIGHT)["data"]
    assert len(line["x"]) <= 402
    assert (line["x"][0], line["x"][-1]) == (1, 2_000)


@pytest.mark.parametrize(
    ("points", "title"),
    [
        (POINTS, "Loss 2 to 0.25 over 2 epochs, Top-1 accuracy 75.0 %"),
        (POINTS[:2], "Loss 2 to 1 over 1 epoch, Top-1 accuracy 50.0 %"),
        (POINTS[:1], "Loss 2 to 2 over 0.5 epochs"),
        (POINTS[2:3], "No finite loss so far"),
    ],
)
def test_the_title_says_what_the_curve_shows(points: tuple[CurvePoint, ...], title: str) -> None:
    assert curve_title([TrainingCurve(RunId(1), 1, points)], METRICS) == title
