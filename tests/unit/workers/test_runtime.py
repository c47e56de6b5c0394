"""A worker that is asked to stop while it loads its libraries leaves at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from core.execution.process_setup import ProcessSetup
from core.services.application import Connection
from core.services.workers import workers as worker_service
from core.testing.fakes import open_migrated
from workers.identity import this_worker
from workers.processes.children import ForkServer
from workers.processes.timers import Pace
from workers.processes.wire import Call
from workers.runtime import Runtime


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """A worker whose libraries take a minute to load."""
    with closing(open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)) as app:
        connection = Connection(app.unit_of_work.engine.url.render_as_string(), "", tmp_path, tmp_path)
        starter, worker = ForkServer(Call("time:sleep", [60])), this_worker(queues=("cpu",), slots=1)
        yield Runtime(app, worker, starter, place=ProcessSetup(connection, None), pace=Pace())


def test_a_worker_that_still_loads_leaves_when_it_is_asked_to(runtime: Runtime) -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: runtime.ask_to_stop())
    asking = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    try:
        asking.start()
        with pytest.raises(SystemExit) as left, runtime:
            pytest.fail("its libraries cannot have been loaded")
    finally:
        asking.cancel()
        signal.signal(signal.SIGTERM, before)
    assert left.value.code == 0
    (worker,) = worker_service.list_workers(runtime.app)
    assert worker.stopped_at is not None
    assert "workers.fork_server" not in " ".join(
        part for child in psutil.Process().children() for part in child.cmdline()
    )
