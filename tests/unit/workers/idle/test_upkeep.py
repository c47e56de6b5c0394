"""Upkeep goes on after errors, and ends when told."""

from __future__ import annotations

import logging
import threading

import pytest

from workers.idle.upkeep import Periodic


def test_an_error_is_logged_once_per_outage_and_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    calls = 0
    enough = threading.Event()

    def act() -> None:
        nonlocal calls
        calls += 1
        if calls >= 5:
            enough.set()
        if calls in {1, 2, 4}:
            raise OSError("the database is away")

    periodic = Periodic("sweep", every_s=0.001, act=act)
    with caplog.at_level(logging.WARNING, "workers.idle.upkeep"):
        periodic.start()
        assert enough.wait(5)
        periodic.stop()
    assert len(caplog.records) == 2


def test_it_can_be_stopped_before_it_was_started() -> None:
    Periodic("heartbeat", every_s=1, act=lambda: None).stop()
