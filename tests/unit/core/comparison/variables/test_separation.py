import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.comparison.variables.separation import Separation, separate


def classes(columns: Sequence[Sequence[int]], chosen: Sequence[int]) -> int:
    rows = len(columns[0])
    return len({tuple(columns[column][row] for column in chosen) for row in range(rows)})


@st.composite
def instances(draw: st.DrawFn) -> tuple[list[list[int]], list[int]]:
    rows, width = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    cell = st.integers(0, draw(st.integers(1, 3)))
    columns = draw(st.lists(st.lists(cell, min_size=rows, max_size=rows), min_size=width, max_size=width))
    return columns, draw(st.lists(st.integers(0, 6), min_size=width, max_size=width))


@given(instances())
def test_separates_all_that_can_be_separated_with_the_fewest_and_then_the_cheapest(
    instance: tuple[list[list[int]], list[int]],
) -> None:
    columns, costs = instance
    every = range(len(columns))
    wanted = classes(columns, every)
    enough = [
        subset
        for size in range(len(columns) + 1)
        for subset in itertools.combinations(every, size)
        if classes(columns, subset) == wanted
    ]
    best = min(enough, key=lambda subset: (len(subset), sum(costs[column] for column in subset)))

    found = separate(columns, costs)

    assert found.proven
    assert classes(columns, found.chosen) == wanted
    assert len(found.chosen) == len(best)
    assert sum(costs[column] for column in found.chosen) == sum(costs[column] for column in best)


@given(instances())
def test_rows_share_a_class_exactly_if_no_column_tells_them_apart(
    instance: tuple[list[list[int]], list[int]],
) -> None:
    columns, costs = instance
    found = separate(columns, costs)
    for first, second in itertools.combinations(range(len(columns[0])), 2):
        alike = all(column[first] == column[second] for column in columns)
        assert (found.classes[first] == found.classes[second]) is alike


@given(instances(), st.integers(0, 60))
def test_a_search_cut_short_still_separates_and_says_that_it_was_cut(
    instance: tuple[list[list[int]], list[int]], budget: int
) -> None:
    columns, costs = instance
    found, full = separate(columns, costs, budget), separate(columns, costs)
    assert classes(columns, found.chosen) == classes(columns, range(len(columns)))
    assert not found.proven or len(found.chosen) == len(full.chosen)


def test_a_greedy_choice_would_need_one_column_more() -> None:
    left, right = [0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 1, 2, 0, 1, 2, 0, 1, 2]
    trap = [0, 0, 1, 0, 2, 1, 3, 2, 3]  # separates 30 of 36 pairs where the others separate 27
    found = separate([trap, left, right], [0, 0, 0])
    assert found == Separation((1, 2), proven=True, classes=tuple(range(9)))


def test_no_columns_and_no_rows_need_no_choice() -> None:
    assert separate([], []) == Separation((), True, ())
    assert separate([[]], [0]) == Separation((), True, ())
    assert separate([[4]], [0]) == Separation((), True, (0,))
