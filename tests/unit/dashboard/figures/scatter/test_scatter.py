"""The scatterplot: which points, which title, what it leaves out."""

import math
from dataclasses import replace

import pytest

from core.domain.metric import Direction, Format, MetricDefinition
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.encoding import VisualEncoding
from dashboard.figures.scatter.scatter import (
    Limit,
    ScatterAxes,
    budget_limits,
    draw_scatter,
    scatter_points,
)
from dashboard.figures.scatter.scatter_words import Acceptable, has_front, scatter_note, scatter_title
from dashboard.theme import LIGHT

AXES = ScatterAxes(SIZE, ACCURACY)


def figured(number, size, accuracy):
    return model(number, metrics={"file_bytes": size, "top1": accuracy})


FOUR = [figured(1, 300.0, 0.95), figured(2, 100.0, 0.90), figured(3, 200.0, 0.5), figured(4, 50.0, 0.1)]


def drawn(models, axes=AXES, budgets=None, limits=()):
    points = scatter_points(models, axes)
    encoding = VisualEncoding.of(models, theme=LIGHT, colour=ACCURACY, size=SIZE)
    return draw_scatter(points, axes, encoding, [*budget_limits(axes, budgets or {}), *limits])


def trace(figure, name):
    return next((one for one in figure["data"] if one["meta"] == name), None)


def test_title_counts_the_front():
    assert scatter_title(scatter_points(FOUR, AXES), AXES, {}) == "3 models on the Pareto front"


def test_title_says_how_many_fit_the_budget():
    title = scatter_title(scatter_points(FOUR, AXES), AXES, {"file_bytes": 100.0})
    assert title == "2 of 3 models on the Pareto front fit 100 B"


def test_title_says_how_many_keep_the_quality():
    kept = Acceptable({1, 2}, "within 5 points of the base")
    base, *compressed = FOUR
    models = [base, *(replace(one, parent_id=base.id) for one in compressed)]
    title = scatter_title(scatter_points(models, AXES), AXES, {}, kept)
    assert title == "3 models on the Pareto front, 1 within 5 points of the base"
    assert scatter_title(scatter_points(models, AXES), AXES, {"top1": 0.9}, kept).endswith("fit 90.0 %")


def test_the_base_is_not_one_of_those_that_keep_its_quality():
    title = scatter_title(scatter_points(FOUR, AXES), AXES, {}, Acceptable({1}, "at no loss"))
    assert title == "3 models on the Pareto front, none at no loss"


def test_title_without_a_better_direction_makes_no_claim():
    axes = ScatterAxes(MetricDefinition("n", "Layers", Direction.NEITHER), ACCURACY)
    models = [model(number, metrics={"n": float(number), "top1": 0.5}) for number in (1, 2)]
    title = scatter_title(scatter_points(models, axes), axes, {})
    assert title == "Top-1 accuracy against Layers: 2 models"


def test_title_of_nothing_says_what_is_missing():
    points = scatter_points([model(1)], AXES)
    assert scatter_title(points, AXES, {}) == "No model has both File size and Top-1 accuracy yet"


def test_title_of_one_metric_that_nobody_has_names_it_once():
    axes = ScatterAxes(ACCURACY, ACCURACY)
    assert scatter_title(scatter_points([model(1)], axes), axes, {}) == "No model has Top-1 accuracy yet"


@pytest.mark.parametrize(
    "metrics", [{"top1": 0.5}, {"top1": math.nan, "file_bytes": 1.0}], ids=["absent", "nan"]
)
def test_incomplete_models_are_left_out_and_counted(metrics):
    points = scatter_points([*FOUR, model(9, metrics=metrics)], AXES)
    assert [one.id for one in points.models] == [1, 2, 3, 4]
    assert scatter_note(points, AXES) == "Not shown: 1 model without these metrics."


def test_zero_has_no_place_on_a_log_axis():
    axes = ScatterAxes(SIZE, ACCURACY, log_x=True)
    points = scatter_points([*FOUR, figured(9, 0.0, 0.5)], axes)
    assert 9 not in {one.id for one in points.models}
    assert "1 model with zero or less on a log axis" in scatter_note(points, axes)


def test_front_is_drawn_in_order_and_can_be_switched_off():
    assert trace(drawn(FOUR), "front")["x"] == [50.0, 100.0, 300.0]
    assert trace(drawn(FOUR, ScatterAxes(SIZE, ACCURACY, show_front=False)), "front") is None


def test_front_can_be_selected_by_its_ids():
    assert drawn(FOUR)["layout"]["meta"]["front"] == ["4", "2", "1"]


def test_zoom_is_kept_until_the_axes_change():
    same, other = drawn(FOUR), drawn(FOUR, ScatterAxes(SIZE, ACCURACY, log_x=True))
    assert same["layout"]["uirevision"] == drawn(FOUR[:2])["layout"]["uirevision"]
    assert same["layout"]["uirevision"] != other["layout"]["uirevision"]


@pytest.mark.parametrize("fewer", [0, 1], ids=["none", "one"])
def test_zoom_is_not_kept_from_axes_without_a_range_of_values(fewer):
    before, after = drawn(FOUR[:fewer]), drawn(FOUR[:2])
    assert before["layout"]["uirevision"] != after["layout"]["uirevision"]


def test_axes_say_which_end_is_better():
    layout = drawn(FOUR)["layout"]
    assert layout["xaxis"]["title"]["text"] == "File size · lower is better"
    assert [note["text"] for note in layout["annotations"]] == ["Top-1 accuracy · higher is better"]


def test_an_axis_of_one_value_has_one_tick_in_its_middle():
    layout = drawn([figured(1, 300.0, 0.95)])["layout"]
    assert (layout["xaxis"]["tickvals"], layout["xaxis"]["ticktext"]) == ([300.0], ["300 B"])
    assert layout["yaxis"]["range"] == pytest.approx([47.5, 142.5])


@pytest.mark.parametrize(
    ("largest", "step"), [(55.0, None), (5e3, "D2"), (5e8, None)], ids=["within one power", "few", "many"]
)
def test_a_log_axis_has_ticks_that_can_be_read(largest, step):
    models = [figured(1, 50.0, 0.9), figured(2, largest, 0.8)]
    axis = drawn(models, ScatterAxes(SIZE, ACCURACY, log_x=True))["layout"]["xaxis"]
    assert (axis.get("dtick"), axis["tickformat"]) == (step, "~g")


@pytest.mark.parametrize(
    ("largest", "drawn_at", "suffix", "title"),
    [(900.0, 900.0, " B", "B"), (308_000.0, 308.0, " kB", "kB"), (9.4e7, 94.0, " MB", "MB")],
    ids=["bytes", "kilobytes", "megabytes"],
)
def test_ticks_have_the_unit_that_tables_write(largest, drawn_at, suffix, title):
    models = [figured(1, 50.0, 0.9), figured(2, largest, 0.85)]
    figure = drawn(models)
    assert trace(figure, "points")["x"][1] == pytest.approx(drawn_at)
    assert trace(figure, "points")["y"] == pytest.approx([90.0, 85.0])
    assert [figure["layout"][side]["ticksuffix"] for side in ("xaxis", "yaxis")] == [suffix, " %"]
    log = drawn(models, replace(AXES, log_x=True))["layout"]["xaxis"]
    assert log["title"]["text"] == f"File size, {title} · lower is better"


def test_counts_are_drawn_in_the_prefix_that_tables_write():
    count = MetricDefinition("n", "Parameters", Direction.LOWER, Format.COUNT)
    models = [model(number, metrics={"n": 39_150.0 * number, "top1": 0.9}) for number in (1, 2)]
    axis = drawn(models, ScatterAxes(count, ACCURACY))["layout"]["xaxis"]
    assert axis["ticksuffix"] == " k"


def test_limits_are_drawn_in_the_unit_of_their_axis():
    layout = drawn(FOUR, budgets={"top1": 0.9})["layout"]
    assert layout["shapes"][0]["y0"] == 90.0
    assert layout["annotations"][1]["text"] == "budget 90.0 %"


def test_no_axes_are_drawn_around_nothing():
    layout = drawn([model(1)])["layout"]
    assert not layout["xaxis"]["visible"]
    assert not layout["annotations"]


@pytest.mark.parametrize(
    ("models", "axes", "title"),
    [
        ([figured(1, 300.0, 0.95)], AXES, "Only 1 model has both figures so far"),
        (
            [figured(n, 9.0, 0.5) for n in (1, 2)],
            AXES,
            "All 2 models have the same File size and Top-1 accuracy",
        ),
        (FOUR, ScatterAxes(ACCURACY, ACCURACY), "Both axes show Top-1 accuracy"),
    ],
    ids=["one", "alike", "one metric"],
)
def test_title_of_a_plot_without_a_trade_off_says_so(models, axes, title):
    assert scatter_title(scatter_points(models, axes), axes, {}) == title


@pytest.mark.parametrize(
    ("models", "axes", "there"),
    [
        (FOUR, AXES, True),
        (FOUR[:1], AXES, False),
        ([], AXES, False),
        (FOUR, ScatterAxes(ACCURACY, ACCURACY), False),
        (FOUR, ScatterAxes(replace(SIZE, direction=Direction.NEITHER), ACCURACY), False),
    ],
    ids=["trade-off", "one", "none", "one metric", "no direction"],
)
def test_a_front_is_offered_only_where_there_is_one(models, axes, there):
    assert has_front(scatter_points(models, axes), axes) is there


def test_values_far_apart_are_better_seen_on_a_log_axis():
    models = [figured(1, 1.0, 0.5), figured(2, 1e7, 0.6)]
    linear = "File size spans 7 powers of ten: log x spreads it out."
    assert scatter_note(scatter_points(models, AXES), AXES) == linear
    logarithmic = ScatterAxes(SIZE, ACCURACY, log_x=True)
    assert scatter_note(scatter_points(models, logarithmic), logarithmic) == ""


def test_limits_of_quality_are_lines_where_the_axis_has_a_place_for_them():
    limits = [Limit("top1", 0.94, "1 point below the base"), Limit("top1", -0.1, "lower")]
    layout = drawn(FOUR, limits=limits)["layout"]
    one, other = layout["shapes"]
    assert (one["y0"], one["y1"], one["xref"]) == (94.0, 94.0, "paper")
    labels = {label["text"]: label["y"] for label in layout["annotations"][1:]}
    assert labels == {"1 point below the base": 94.0, "lower": -10.0}
    assert other["y0"] == -10.0
    on_log = drawn(FOUR, axes=replace(AXES, log_y=True), limits=limits)["layout"]["shapes"]
    assert [line["y0"] for line in on_log] == [94.0]


@pytest.mark.parametrize(
    ("crowded", "height", "anchors"),
    [
        ((0.1, 0.2), 0.92, ("right", "top")),
        ((0.9, 0.95), 0.92, ("left", "top")),
        ((0.1, 0.9), 0.92, ("center", "top")),
        ((0.1, 0.5, 0.9), 0.85, ("left", "bottom")),
    ],
)
def test_the_label_of_a_limit_is_where_no_point_is(crowded, height, anchors):
    far = [figured(8, 0.0, 0.1), figured(9, 1.0, 0.99)]
    near = [figured(number, x, height) for number, x in enumerate(crowded)]
    limits = [Limit("top1", 0.94, "1 point below the base")]
    _, label = drawn([*far, *near], limits=limits)["layout"]["annotations"]
    assert (label["xanchor"], label["yanchor"]) == anchors
    assert "bgcolor" in label


def test_the_label_of_a_limit_is_beyond_the_points_that_lie_on_its_line():
    far = [figured(8, 0.0, 0.1), figured(9, 1.0, 0.99)]
    near = [figured(number, x, 0.94) for number, x in enumerate((0.1, 0.5, 0.9))]
    _, label = drawn([*far, *near], limits=[Limit("top1", 0.94, "limit")])["layout"]["annotations"]
    assert (label["xanchor"], label["yanchor"], label["yshift"]) == ("right", "top", -13)


def test_budgets_are_lines():
    (line,) = drawn(FOUR, budgets={"file_bytes": 90.0, "unknown": 1.0})["layout"]["shapes"]
    assert (line["x0"], line["x1"]) == (90.0, 90.0)


def test_no_plot_needs_webgl_which_the_security_policy_keeps_from_compiling():
    figure = drawn([figured(n, float(n), 0.5) for n in range(1, 5_001)])
    assert {one["type"] for one in figure["data"]} == {"scatter"}


def test_models_that_do_not_pass_the_filter_fade_and_leave_the_front():
    points = scatter_points(FOUR, AXES, {1, 3, 4})
    encoding = VisualEncoding.of(FOUR, theme=LIGHT, colour=ACCURACY, size=SIZE)
    colours = trace(draw_scatter(points, AXES, encoding), "points")["marker"]["color"]
    assert [points.models[index].id for index in points.front] == [4, 3, 1]
    assert [colour == LIGHT.grid for colour in colours] == [False, True, False, False]


def test_what_is_dominated_can_be_dimmed():
    colours = trace(drawn(FOUR, ScatterAxes(SIZE, ACCURACY, dim_dominated=True)), "points")["marker"]["color"]
    assert [colour == LIGHT.grid for colour in colours] == [False, False, True, False]


def test_models_on_the_front_can_be_named_where_there_is_room():
    named = [*FOUR, figured(5, 301.0, 0.951)]
    texts = trace(drawn(named, ScatterAxes(SIZE, ACCURACY, show_names=True)), "names")["text"]
    assert texts == ["model 4", "model 2", "model 5"]


def test_names_are_text_and_not_markup():
    odd = [model(1, name="<b>x</b>", metrics={"file_bytes": 1.0, "top1": 0.5})]
    assert trace(drawn(odd, ScatterAxes(SIZE, ACCURACY, show_names=True)), "names")["text"] == [
        "&lt;b&gt;x&lt;/b&gt;"
    ]


def test_repeats_with_other_seeds_show_their_range():
    repeated = [
        model(number, seed=number, metrics={"file_bytes": 100.0, "top1": top1})
        for number, top1 in ((1, 0.5), (2, 0.7), (3, 0.9))
    ]
    shown = trace(drawn(repeated, ScatterAxes(SIZE, ACCURACY, show_repeats=True)), "repeats")
    assert shown["y"] == pytest.approx([70.0])
    assert shown["error_y"]["array"] == pytest.approx([20.0])
    assert trace(drawn(repeated), "repeats") is None
