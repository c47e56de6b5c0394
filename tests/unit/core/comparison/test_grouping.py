import math

import pytest

from core.comparison.grouping import grouped
from core.comparison.variables.variables import what_differs
from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.recipe import Step
from core.testing.projects.forests import model

ACCURACY = MetricDefinition("accuracy", "Accuracy", Direction.HIGHER, Format.PERCENT)
BASE = model(1, metrics={"accuracy": 0.9})
GRID = [
    BASE,
    *(
        model(
            10 + 10 * method + round(sparsity * 10),
            BASE,
            Step("prune", {"sparsity": sparsity, "method": name}),
            metrics={"accuracy": 1 - sparsity / (2 - method)},
        )
        for method, name in enumerate(("magnitude", "random"))
        for sparsity in (0.3, 0.5, 0.9)
    ),
]
IDS = [one.id for one in GRID[1:]]


def test_the_numeric_variable_is_x_and_the_other_is_colour() -> None:
    drawn = grouped(what_differs(GRID, IDS), GRID, [ACCURACY])
    assert drawn.x is not None
    assert drawn.colour is not None
    assert (drawn.x.short, drawn.colour.short) == ("sparsity", "method")
    (chart,) = drawn.charts
    assert [series.colour.text for series in chart.series if series.colour] == ["magnitude", "random"]
    assert [[point.x.number for point in series.points] for series in chart.series] == [[0.3, 0.5, 0.9]] * 2
    assert chart.series[1].points[0].mean == pytest.approx(0.7)


def test_one_variable_needs_no_colour() -> None:
    drawn = grouped(what_differs(GRID, IDS[:3]), GRID, [ACCURACY])
    assert drawn.x is not None
    assert drawn.colour is None
    assert [series.colour for series in drawn.charts[0].series] == [None]


def test_repeats_with_other_seeds_fall_on_one_point_with_a_range() -> None:
    repeats = [
        model(number, BASE, Step("tune", {"epochs": epochs}), seed=seed, metrics={"accuracy": accuracy})
        for number, epochs, seed, accuracy in ((2, 1, 0, 0.5), (3, 1, 1, 0.7), (4, 2, 0, 0.8), (5, 2, 1, 0.8))
    ]
    models = [BASE, *repeats]
    drawn = grouped(what_differs(models, [2, 3, 4, 5]), models, [ACCURACY])
    first = drawn.charts[0].series[0].points[0]
    assert drawn.colour is None
    assert (first.model_ids, first.low, first.high) == ((2, 3), 0.5, 0.7)
    assert first.mean == pytest.approx(0.6)


def test_models_without_the_metric_are_listed_and_not_drawn_at_zero() -> None:
    models = [
        BASE,
        *(
            model(n, BASE, Step("prune", {"sparsity": n / 10}), metrics=m)
            for n, m in ((2, {}), (3, {"accuracy": math.nan}), (4, {"accuracy": 0.4}))
        ),
    ]
    chart = grouped(what_differs(models, [2, 3, 4]), models, [ACCURACY]).charts[0]
    assert chart.unmeasured == (2, 3)
    assert [point.mean for series in chart.series for point in series.points] == [0.4]


def test_more_than_two_variables_give_a_bar_per_model() -> None:
    cube = [
        BASE,
        *(
            model(2 + number, BASE, Step("prune", {"a": number & 1, "b": number >> 1 & 1, "c": number >> 2}))
            for number in range(8)
        ),
    ]
    drawn = grouped(what_differs(cube, range(2, 10)), cube, [ACCURACY])
    assert drawn.by_model
    assert (drawn.x, drawn.colour) == (None, None)
    assert len(drawn.chips) == 6


def test_chips_narrow_the_selection() -> None:
    found = what_differs(GRID, IDS)
    drawn = grouped(found, GRID, [ACCURACY])
    assert [(chip.value.text, len(chip.model_ids)) for chip in drawn.chips] == [
        ("0.3", 2),
        ("0.5", 2),
        ("0.9", 2),
        ("magnitude", 3),
        ("random", 3),
    ]
