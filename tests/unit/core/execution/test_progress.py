"""Progress reaches the database seldom, and as a share of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.queue.training_curve import CurvePoint
from core.errors import Unavailable
from core.execution import progress
from core.services.application import Application

RUN = Run(
    id=RunId(1),
    project_id=ProjectId(1),
    model_id=ModelId(1),
    kind=RunKind.TRAIN,
    status=RunStatus.RUNNING,
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    attempt=2,
)


def tuple_of(point: CurvePoint) -> tuple[int, float, dict[str, float]]:
    return point.update, point.epoch, dict(point.values)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def write(_: Application, *values: object, curve: Sequence[CurvePoint]) -> None:
        calls.append((*values, *map(tuple_of, curve)))

    monkeypatch.setattr(progress, "report_progress", write)
    return calls


def test_reports_that_come_too_soon_are_dropped(written: list[tuple[Any, ...]]) -> None:
    times = iter([0.0, 0.0, 0.1, 0.4, 0.6, 1.2])
    reporter = progress.DatabaseProgress(cast("Application", None), RUN, lambda: next(times))
    for step in range(5):
        reporter.report(step / 10, f"step {step}")
    assert written == [(1, 2, 0.0, "step 0"), (1, 2, 0.3, "step 3"), (1, 2, 0.4, "step 4")]


def test_fractions_stay_within_zero_and_one(written: list[tuple[Any, ...]]) -> None:
    times = iter([0.0, 1.0, 2.0])
    reporter = progress.DatabaseProgress(cast("Application", None), RUN, lambda: next(times))
    reporter.report(-0.5)
    reporter.report(1.5)
    assert [call[2] for call in written] == [0.0, 1.0]


def test_a_part_reports_its_share_of_the_whole(written: list[tuple[Any, ...]]) -> None:
    times = iter([0.0, 1.0, 2.0])
    whole = progress.DatabaseProgress(cast("Application", None), RUN, lambda: next(times))
    part = progress.PartOfProgress(whole, 0.2, 0.8)
    part.report(0.0)
    part.report(0.5, "half")
    assert written == [(1, 2, 0.2, ""), (1, 2, 0.5, "half")]


def test_a_database_that_is_away_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(progress, "report_progress", away)
    progress.DatabaseProgress(cast("Application", None), RUN).report(0.5)


def test_points_of_the_training_curve_wait_for_the_next_report(written: list[tuple[Any, ...]]) -> None:
    times = iter([0.0, 0.0, 0.1, 0.9])
    reporter = progress.DatabaseProgress(cast("Application", None), RUN, lambda: next(times))
    reporter.report(0.0)
    part = progress.PartOfProgress(reporter, 0.0, 0.5)
    part.record(5, 0.5, {"loss": 2.0})
    part.report(0.1)
    part.record(5, 0.5, {"loss": 1.0, "top1": 0.5})
    part.report(0.2)
    part.record(5, 0.5, {"loss": 0.9})
    reporter.flush()
    reporter.flush()
    first, second = (5, 0.5, {"loss": 2.0}), (10, 1.0, {"loss": 1.0, "top1": 0.5})
    assert written == [
        (1, 2, 0.0, ""),
        (1, 2, 0.1, "", first, second),
        (1, 2, 0.1, "", (15, 1.5, {"loss": 0.9})),
    ]


def test_points_are_kept_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    there = iter([False, True])

    def write(*_: object, curve: tuple[CurvePoint, ...]) -> None:
        if not next(there):
            raise Unavailable("away")
        kept.extend(point.update for point in curve)

    monkeypatch.setattr(progress, "report_progress", write)
    times = iter([0.0, 1.0, 2.0])
    reporter = progress.DatabaseProgress(cast("Application", None), RUN, lambda: next(times))
    reporter.record(1, 0.5, {"loss": 2.0})
    reporter.report(0.1)
    reporter.record(1, 0.5, {"loss": 1.0})
    reporter.report(0.2)
    assert kept == [1, 2]
