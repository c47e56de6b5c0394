"""Forgotten runs are announced once more, but only where there is a broker; and how lost runs are told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.ids import RunId
from core.ports import Dispatcher
from core.services.application import Application
from core.services.queue.dispatch import dispatch_unsent
from core.services.queue.runs import get_run
from core.testing.fakes import RecordingDispatcher, SettableClock, open_migrated
from core.testing.laboratory import Laboratory
from workers.idle.back_off import BackOff
from workers.idle.reminder import Reminder
from workers.life import DatabaseLife


@pytest.fixture
def dispatcher() -> Dispatcher | None:
    return RecordingDispatcher()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def app(tmp_path: Path, dispatcher: Dispatcher | None, clock: SettableClock) -> Iterator[Application]:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    opened = open_migrated(url, tmp_path, clock=clock, dispatcher=dispatcher)
    laboratory = Laboratory(opened)
    laboratory.open()
    laboratory.base(laboratory.project())
    yield opened
    opened.close()


def warnings_of(app: Application, clock: SettableClock, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Let a minute pass with a free slot and return what is logged about forgotten runs."""
    reminder = Reminder(app, ("cpu",), BackOff())
    dispatch_unsent(app)
    with caplog.at_level(logging.WARNING, logger="workers.idle.reminder"):
        for now in (0.0, 30.0, 60.0):
            reminder.look(now, free=True)
            clock.advance(30)
    return [record.message for record in caplog.records if record.name == "workers.idle.reminder"]


def test_runs_that_a_broker_forgot_are_announced_once_more(
    app: Application, clock: SettableClock, dispatcher: RecordingDispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    said = warnings_of(app, clock, caplog)
    assert said
    assert set(said) == {"Runs that the broker seems to have forgotten were announced once more"}
    assert dispatcher.announced.count((1, "cpu")) == 1 + len(said)


@pytest.mark.parametrize("dispatcher", [None], ids=["no broker"])
def test_without_a_broker_nothing_is_forgotten(
    app: Application, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    assert warnings_of(app, clock, caplog) == []


def test_a_run_whose_starter_ended_does_not_blame_its_worker(app: Application) -> None:
    run = Laboratory(app).claim()
    assert run is not None
    DatabaseLife(app).drop(run)
    error = get_run(app, RunId(1)).error
    assert error is not None
    assert error.message == (
        "The process that starts runs ended. It was at its first step, 0 % done. Try 2 of 3 follows."
    )
