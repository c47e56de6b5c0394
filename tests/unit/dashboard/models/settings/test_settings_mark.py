"""Settings that two people change at once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.ids import ProjectId
from core.domain.metric import Direction
from core.domain.project import Project
from core.testing.laboratory import ACCURACY, LOSS, SIZE
from dashboard.views.models.settings.settings_mark import conflicts, settings_mark

PROJECT = Project(
    ProjectId(1), "digits", "Digits", "image-classification", datetime(2026, 1, 1, tzinfo=UTC),
    metrics=(ACCURACY, LOSS), primary=("top1",),
)  # fmt: skip


def test_what_nobody_changed_is_no_conflict():
    assert conflicts(settings_mark(PROJECT), PROJECT) == []


def test_a_metric_that_was_measured_meanwhile_is_no_conflict():
    assert conflicts(settings_mark(PROJECT), replace(PROJECT, metrics=(ACCURACY, LOSS, SIZE))) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": "Numbers"}, "the name"),
        ({"description": "New"}, "the description"),
        ({"primary": ("top1", "loss")}, "Loss"),
        ({"budgets": {"top1": 0.9}}, "Top-1 accuracy"),
        ({"metrics": (ACCURACY, replace(LOSS, direction=Direction.NEITHER))}, "Loss"),
    ],
    ids=["name", "description", "lead", "budget", "direction"],
)
def test_what_somebody_else_changed_is_named(change, named):
    (problem,) = conflicts(settings_mark(PROJECT), replace(PROJECT, **change))
    assert problem.message == f"Somebody else has changed {named} in the meantime; nothing was saved."
