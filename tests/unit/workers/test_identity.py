"""Which workers of this machine are certainly gone."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.services.workers.host import place
from workers.identity import gone, process_started, served_queues, this_worker

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def worker(pid: int = 42, where: str = "aaaa") -> Worker:
    return Worker(
        id=WorkerId(f"box-{pid}-{where}-1"),
        host="box",
        pid=pid,
        queues=("cpu",),
        slots=1,
        started_at=START,
        last_seen_at=START,
    )


def test_a_worker_without_process_is_gone() -> None:
    assert gone([worker()], "aaaa", lambda _: None) == [worker()]


def test_a_worker_whose_process_lives_is_not() -> None:
    assert gone([worker()], "aaaa", lambda _: START) == []


def test_a_younger_process_with_the_same_number_is_another_one() -> None:
    assert gone([worker()], "aaaa", lambda _: START + timedelta(minutes=5)) == [worker()]


def test_nothing_is_concluded_about_other_places() -> None:
    assert gone([worker(where="bbbb")], "aaaa", lambda _: None) == []


def test_a_worker_that_said_goodbye_left_nothing_behind() -> None:
    assert gone([replace(worker(), stopped_at=START)], "aaaa", lambda _: None) == []


def test_this_worker_is_alive_by_its_own_rule() -> None:
    this = this_worker(queues=("cpu",), slots=2)
    assert gone([this], place(), process_started) == []


def test_two_starts_have_two_names() -> None:
    assert this_worker(queues=(), slots=1).id != this_worker(queues=(), slots=1).id


def test_a_worker_serves_a_queue_for_each_of_its_gpus() -> None:
    assert served_queues("box", (1, 3)) == ("cpu", "gpu", "gpu.box.1", "gpu.box.3")


def test_a_process_that_ended_has_no_start() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert process_started(ended.pid) is None
    assert process_started(os.getpid()) is not None
