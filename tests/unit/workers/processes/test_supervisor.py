"""How supervision ends, with a process and a database made of plain objects."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.queue.run import Run, RunError, RunKind, RunStatus
from core.errors import Conflict, Unavailable
from workers.processes.children import Child
from workers.processes.supervisor import Supervisor
from workers.processes.timers import Pace
from workers.processes.wire import Call, Exit, Job

RUN = Run(
    id=RunId(7),
    project_id=ProjectId(1),
    model_id=ModelId(1),
    kind=RunKind.COMPRESS,
    status=RunStatus.RUNNING,
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    attempt=1,
)


class Clock:
    """Seconds that pass only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeChild(Child):
    """Ends by itself after `lasts_s`, or `deaf_s` after SIGTERM, or at once on SIGKILL."""

    def __init__(self, clock: Clock, how: Exit, lasts_s: float = 1e9, deaf_s: float = 0.0) -> None:
        self.pid = 4242
        self._clock, self._how, self._ends_at, self._deaf_s = clock, how, lasts_s, deaf_s
        self.signals: list[int] = []

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        self._clock.now += timeout_s or 0.0
        return self._how if self._clock.now >= self._ends_at else None

    def signal(self, number: signal.Signals) -> None:
        self.signals.append(int(number))
        self._how = Exit(signal=int(number))
        delay = self._deaf_s if number is signal.SIGTERM else 0.0
        self._ends_at = min(self._ends_at, self._clock.now + delay)


@dataclass
class FakeLife:
    """Takes down what it is told; can be asked to cancel, or to have been taken over, at some time."""

    clock: Clock
    committed: bool = False
    cancel_at: float = 1e9
    taken_at: float = 1e9
    trouble: int = 0
    away: int = 0
    ended: list[str] = field(default_factory=list)
    renewals: list[float] = field(default_factory=list)
    error: RunError | None = None

    def renew(self, run: Run) -> bool:
        self.renewals.append(round(self.clock.now))
        return self.cancel_requested(run)

    def cancel_requested(self, run: Run) -> bool:
        if self.away:
            self.away -= 1
            raise Unavailable("The database does not answer.")
        if self.clock.now >= self.taken_at:
            raise Conflict("taken over")
        return self.clock.now >= self.cancel_at

    def unfinished(self, run: Run) -> bool:
        return not self.committed and self.clock.now < self.taken_at

    def fail(self, run: Run, error: RunError) -> None:
        if self.trouble:
            self.trouble -= 1
            raise OSError("the database is away")
        self.ended.append("failed")
        self.error = error

    def crashed(self, run: Run, error: RunError) -> None:
        self.ended.append("crashed")
        self.error = error

    def cancelled(self, run: Run) -> None:
        self.ended.append("cancelled")

    def release(self, run: Run) -> None:
        self.ended.append("released")

    def drop(self, run: Run) -> None:
        self.ended.append("dropped")


class FakeStarter:
    """Hands out one child."""

    def __init__(self, child: Child | None) -> None:
        self.child = child

    def ready(self, timeout_s: float = 0) -> None:
        """Always ready."""

    def launch(self, job: Job) -> Child:
        if self.child is None:
            raise Unavailable("No process can be started.", "Restart the worker.")
        return self.child

    def close(self) -> None:
        """Nothing to close."""


def supervise(
    life: FakeLife, child: Child | None, stopping: threading.Event | None = None
) -> list[Unavailable]:
    """Supervise one run and return what the worker gave up for."""
    gave_up: list[Unavailable] = []
    Supervisor(
        life,
        FakeStarter(child),
        lambda _: Job(Call("gc:collect"), Path("log")),
        stopping or threading.Event(),
        gave_up.append,
        Pace(renew_s=10, poll_s=1, grace_s=5),
        life.clock,
    ).supervise(RUN)
    return gave_up


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_run_that_committed_is_left_alone(clock: Clock) -> None:
    life = FakeLife(clock, committed=True)
    supervise(life, FakeChild(clock, Exit(code=0), lasts_s=35))
    assert life.ended == []
    assert life.renewals == [10, 20, 30]


@pytest.mark.parametrize("how", [Exit(signal=9), Exit(signal=11), Exit(code=os.EX_OSERR)], ids=Exit.describe)
def test_an_accident_of_a_process_gives_its_run_another_try(clock: Clock, how: Exit) -> None:
    life = FakeLife(clock)
    supervise(life, FakeChild(clock, how, lasts_s=2))
    assert life.ended == ["crashed"]
    assert life.error is not None
    assert how.describe() in life.error.message


@pytest.mark.parametrize("how", [Exit(code=1), Exit(code=0)], ids=Exit.describe)
def test_a_process_that_ends_without_result_fails_its_run(clock: Clock, how: Exit) -> None:
    life = FakeLife(clock)
    supervise(life, FakeChild(clock, how, lasts_s=2))
    assert life.ended == ["failed"]
    assert life.error is not None
    assert how.describe() in life.error.message


def test_a_run_that_went_down_with_the_fork_server_is_not_to_blame(clock: Clock) -> None:
    life = FakeLife(clock)
    supervise(life, FakeChild(clock, Exit(), lasts_s=2))
    assert life.ended == ["dropped"]


def test_cancelling_terminates_the_process(clock: Clock) -> None:
    life, child = FakeLife(clock, cancel_at=3), FakeChild(clock, Exit())
    supervise(life, child)
    assert life.ended == ["cancelled"]
    assert child.signals == [signal.SIGTERM]
    assert clock.now < 5


def test_a_process_deaf_to_termination_is_killed_after_the_grace_period(clock: Clock) -> None:
    life, child = FakeLife(clock, cancel_at=3), FakeChild(clock, Exit(), deaf_s=1e6)
    supervise(life, child)
    assert life.ended == ["cancelled"]
    assert child.signals == [signal.SIGTERM, signal.SIGKILL]
    assert 8 <= clock.now < 10


def test_a_result_that_came_before_the_cancellation_stands(clock: Clock) -> None:
    life = FakeLife(clock, cancel_at=3, committed=True)
    supervise(life, FakeChild(clock, Exit()))
    assert life.ended == []


def test_a_worker_that_stops_gives_the_run_back(clock: Clock) -> None:
    life, stopping = FakeLife(clock), threading.Event()
    stopping.set()
    supervise(life, FakeChild(clock, Exit()), stopping)
    assert life.ended == ["released"]


def test_a_run_taken_over_is_stopped_and_not_touched(clock: Clock) -> None:
    life, child = FakeLife(clock, taken_at=3), FakeChild(clock, Exit(), deaf_s=1e6)
    supervise(life, child)
    assert life.ended == []
    assert signal.SIGKILL in child.signals


def test_a_process_that_cannot_be_started_is_the_fault_of_the_worker_not_of_the_run(clock: Clock) -> None:
    life = FakeLife(clock)
    (reason,) = supervise(life, None)
    assert life.ended == ["released"]
    assert (reason.message, reason.hint) == ("No process can be started.", "Restart the worker.")


def test_a_machine_out_of_memory_for_processes_is_told_in_words(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launch(*_: object) -> Child:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(FakeStarter, "launch", launch)
    life = FakeLife(clock)
    (reason,) = supervise(life, None)
    assert life.ended == ["released"]
    assert "Cannot allocate memory" in reason.message


def test_the_end_is_written_again_when_the_database_was_away(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, stopping = FakeLife(clock, trouble=2), threading.Event()
    monkeypatch.setattr(stopping, "wait", lambda timeout=None: False)
    supervise(life, FakeChild(clock, Exit(code=1), lasts_s=1), stopping)
    assert life.ended == ["failed"]


def test_a_database_that_is_away_is_told_without_a_traceback(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    life = FakeLife(clock, committed=True, away=3)
    supervise(life, FakeChild(clock, Exit(code=0), lasts_s=5))
    warned = [record for record in caplog.records if "does not answer" in record.getMessage()]
    assert len(warned) == 3
    assert all(record.exc_info is None for record in warned)
