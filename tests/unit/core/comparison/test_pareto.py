"""The Pareto front against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.pareto import pareto_front
from core.domain.metric import Direction

HIGHER, LOWER, NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER
COORDINATES = st.one_of(st.integers(0, 6).map(float), st.just(float("nan")), st.just(float("inf")))


def by_definition(x, y, x_direction, y_direction):
    """Return all finite points that no other point beats in one metric without losing in the other."""
    points = [
        (a if x_direction is LOWER else -a, b if y_direction is LOWER else -b)
        for a, b in zip(x, y, strict=True)
    ]
    finite = [np.isfinite(point).all() for point in points]
    return {
        i
        for i, p in enumerate(points)
        if finite[i]
        and not any(
            finite[j] and q != p and q[0] <= p[0] and q[1] <= p[1] for j, q in enumerate(points) if j != i
        )
    }


@given(
    st.lists(st.tuples(COORDINATES, COORDINATES), max_size=14),
    st.sampled_from([HIGHER, LOWER]),
    st.sampled_from([HIGHER, LOWER]),
)
def test_front_is_what_nothing_dominates(points, x_direction, y_direction):
    x, y = [p[0] for p in points], [p[1] for p in points]
    front = pareto_front(x, y, x_direction=x_direction, y_direction=y_direction)
    assert set(front.tolist()) == by_definition(x, y, x_direction, y_direction)
    assert sorted(x[index] for index in front) == [x[index] for index in front]


def test_small_and_accurate_models_are_on_the_front():
    size, accuracy = [300.0, 100.0, 200.0, 100.0], [0.95, 0.90, 0.89, 0.80]
    assert pareto_front(size, accuracy, x_direction=LOWER, y_direction=HIGHER).tolist() == [1, 0]


def test_coinciding_points_are_on_the_front_together():
    front = pareto_front([1.0, 1.0, 2.0], [1.0, 1.0, 0.5], x_direction=LOWER, y_direction=HIGHER)
    assert set(front.tolist()) == {0, 1}


@pytest.mark.parametrize("directions", [(NEITHER, HIGHER), (LOWER, NEITHER)], ids=["x", "y"])
def test_there_is_no_front_where_no_direction_is_better(directions):
    front = pareto_front([1.0, 2.0], [2.0, 1.0], x_direction=directions[0], y_direction=directions[1])
    assert front.size == 0
