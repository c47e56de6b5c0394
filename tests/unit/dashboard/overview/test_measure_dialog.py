"""Measuring again from the page: which models can be, and how entries are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.condition import Protocol, QualityCondition
from core.domain.ids import DatasetId, ProjectId
from core.domain.metric import Direction, MetricDefinition
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.errors import InvalidInput
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.measure_dialog import about, measurable, measurement, measuring, without_value

MADE = replace(model(1, metrics={"top1": 0.5}), artifact="a" * 64)
FIGURES = replace(model(2), artifact=None)
FAILED = model(3, status=RunStatus.FAILED)
QUEUED = model(4, status=RunStatus.QUEUED)
UNMEASURED = replace(model(5), artifact="b" * 64)


def test_models_without_weights_cannot_be_measured() -> None:
    assert [one.id for one in measurable([MADE, FIGURES, FAILED, QUEUED])] == [1, 4]


def test_those_without_a_value_are_made_and_lack_the_metric() -> None:
    metric = MetricDefinition("top1", "Top-1", Direction.HIGHER)
    project = Project(ProjectId(1), "digits", "Digits", "x", MADE.created_at, metrics=(metric,))
    now = Snapshot(project, (MADE, FAILED, QUEUED, UNMEASURED), {})
    assert [one.id for one in without_value(now, "top1")] == [5]


@pytest.mark.parametrize(("text", "instances"), [("", None), (" 1,000 ", 1000), ("7", 7)])
def test_instances_are_read(text: str, instances: int | None) -> None:
    assert measurement("test", "float32", text, "cpu").instances == instances


@pytest.mark.parametrize("text", ["many", "-3", "1.5"])
def test_anything_else_is_no_number_of_instances(text: str) -> None:
    with pytest.raises(InvalidInput, match="no whole number"):
        measurement("test", "float32", text, "cpu")


def test_it_is_said_how_many_are_measured() -> None:
    assert about(75, 75) == "75 models will be measured, one run each."
    assert about(2, 3) == "2 models will be measured, one run each. 1 model without weights cannot be."
    assert about(0, 3).startswith("None of these models has weights")


@pytest.mark.parametrize(
    ("name", "entered"),
    [
        ("top1", ("evaluate", "train", "bfloat16", "500")),
        ("file_bytes", ("profile", "train", "bfloat16", "500")),
    ],
)
def test_what_is_missing_is_measured_under_the_protocol(name: str, entered: tuple[str, ...]) -> None:
    wanted = QualityCondition(DatasetId(1), "train", 500, "bfloat16")
    project = Project(ProjectId(1), "digits", "Digits", "x", MADE.created_at, metrics=(ACCURACY, SIZE))
    assert measuring(replace(project, protocol=Protocol(wanted)), name) == entered
