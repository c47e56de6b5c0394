"""What pages say while the broker is away."""

from __future__ import annotations

import socket

from dashboard.dispatcher import CeleryDispatcher


def test_a_broker_that_is_away_is_said_until_it_is_back(redis_url: str) -> None:
    away, there = CeleryDispatcher(f"redis://127.0.0.1:{_free_port()}/0"), CeleryDispatcher(redis_url)
    away.ask()
    there.ask()
    assert away.trouble().startswith("The broker does not answer: runs are kept in the queue")
    assert there.trouble() == ""


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
