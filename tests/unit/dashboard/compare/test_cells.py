"""Cells of the table of groups, where a figure is not known."""

import math

import numpy as np
import pytest

from core.comparison.behaviour.divergence import Divergence
from core.comparison.behaviour.groups import compare_groups
from core.comparison.behaviour.predictions import Grouping, Predictions
from dashboard.components.static_html import written
from dashboard.views.compare.behaviours import cells
from dashboard.views.compare.state import Mode

ALL = Grouping("class", ("a",), np.zeros(40, int))


def outcomes(right: int) -> Predictions:
    correct = np.arange(40) < right
    return Predictions(np.where(correct, 0, 1), correct)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (40, 10, "0 \N{RIGHTWARDS ARROW} 75.0 % *"),
        (40, 40, "\N{EM DASH}"),
        (30, 20, "+100 % *"),
    ],
    ids=["no error before", "no error at all", "twice the errors"],
)
def test_error_rates_are_told_where_there_is_no_ratio(before: int, after: int, told: str):
    (row,) = compare_groups(outcomes(before), [outcomes(after)], ALL)
    assert f">{told}</span>" in written(cells.group_cell(row.cells[0], Mode.ERRORS, 1.0))


class Compared:
    divergence = Divergence(math.nan, math.nan, math.nan, math.nan, unknown=3)


def test_divergences_that_are_not_known_are_not_written_as_numbers():
    read = (cells.divergence, cells.divergence_tail, cells.squared)
    assert [each(Compared()) for each in read] == ["\N{EM DASH}"] * 3  # type: ignore[arg-type]
