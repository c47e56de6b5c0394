"""The sentence above the Metrics tab: what was not tested is no absence of differences."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.comparison.behaviour.paired import Difference
from core.comparison.metrics.cells import MetricCell, MetricRow, judged
from core.domain.ids import ProjectId
from core.domain.project import Project
from core.services.comparison.metrics import MetricComparison
from core.testing.laboratory import ACCURACY
from core.testing.projects.forests import model
from dashboard.views.compare.metrics.page import summary

BASE, OTHER = model(1, name="base"), model(2, name="other")
PROJECT = Project(ProjectId(1), "d", "D", "x", datetime(2026, 1, 1, tzinfo=UTC), metrics=(ACCURACY,))
CELL = MetricCell(OTHER.id, 0.80)


def said(cell: MetricCell) -> str:
    rows, count = judged([MetricRow(ACCURACY, MetricCell(BASE.id, 0.95), (cell,))])
    found = MetricComparison(PROJECT, BASE, (OTHER,), tuple(rows), count)
    return summary(found, {BASE.id: "base", OTHER.id: "other"})


def change(value: float, low: float = math.nan, high: float = math.nan, p: float = math.nan) -> Difference:
    return Difference(value, low, high, p, 100)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (replace(CELL, change=change(-0.15)), "no change could be tested"),
        (replace(CELL, value=None), "nothing to compare yet"),
        (
            replace(CELL, change=change(-0.01, -0.03, 0.01, 0.3), tested=True),
            "no model differs significantly",
        ),
        (
            replace(CELL, change=change(-0.15, -0.2, -0.1, 1e-6), tested=True),
            "The largest loss is that of other",
        ),
    ],
    ids=["untested", "missing", "noise", "loss"],
)
def test_the_sentence_says_no_more_than_was_tested(cell, text):
    assert text in said(cell)
