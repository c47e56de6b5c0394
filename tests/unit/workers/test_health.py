"""Whether the container counts as healthy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.catalogue import Device, Worker
from core.domain.ids import WorkerId
from workers.health import healthy
from workers.identity import served_queues

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKER = Worker(
    id=WorkerId("box-1"),
    host="box",
    pid=1,
    queues=("cpu",),
    slots=1,
    started_at=NOW,
    last_seen_at=NOW,
    devices=(Device("cpu", "a processor"),),
)


@pytest.mark.parametrize(
    ("worker", "expected"),
    [
        (WORKER, True),
        (replace(WORKER, last_seen_at=NOW - timedelta(seconds=31)), False),
        (replace(WORKER, stopped_at=NOW), False),
        (replace(WORKER, host="other"), False),
        (replace(WORKER, devices=()), False),
    ],
    ids=["alive", "silent", "stopped", "elsewhere", "starting"],
)
def test_health_is_a_recent_heartbeat_of_this_machine(worker: Worker, expected: bool) -> None:
    assert healthy([worker], host="box", now=NOW) is expected


def test_a_machine_with_gpus_serves_each_of_them() -> None:
    assert served_queues("box", ()) == ("cpu",)
    assert served_queues("box", (0, 1)) == ("cpu", "gpu", "gpu.box.0", "gpu.box.1")
