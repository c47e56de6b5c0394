"""Starts jobs as fresh Python processes: slower than the fork server, for systems where forking is unsafe.

The call comes through standard input, so that no address with a password shows in the process list.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from workers.processes.children import Child
from workers.processes.fork_server import invoke
from workers.processes.wire import Call, Exit, Job


class SpawnedChild(Child):
    """A job in a process started from nothing."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        """Return how the process ended; None if it is still going after `timeout_s`."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # what it started and left behind
        return Exit(code=status) if status >= 0 else Exit(signal=-status)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


class SpawnStarter:
    """Starts every job in a Python process of its own."""

    def __init__(self, preload: Call, environment: Mapping[str, str] | None = None) -> None:
        self._preload = preload
        self._environment = {**os.environ, **(environment or {})}
        self._children: list[SpawnedChild] = []

    def ready(self, timeout_s: float = 0.0) -> None:
        """Return at once: there is nothing to prepare."""

    def launch(self, job: Job) -> Child:
        """Start the job; the process loads its libraries first."""
        job.log.parent.mkdir(parents=True, exist_ok=True)
        with job.log.open("ab") as log:
            log.write(job.header.encode() + b"\n")
            log.flush()
            process = subprocess.Popen(
                [sys.executable, "-m", "workers.processes.spawned"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        calls = [[call.target, list(call.arguments)] for call in (self._preload, job.call)]
        if process.stdin is not None:
            with process.stdin as pipe:
                pipe.write(json.dumps(calls).encode())
        self._children = [child for child in self._children if child.wait(0) is None]
        self._children.append(SpawnedChild(process))
        return self._children[-1]

    def renew(self) -> None:
        """Do nothing: every process loads everything by itself."""

    def close(self) -> None:
        """Kill every process that is still going."""
        for child in self._children:
            child.signal(signal.SIGKILL)
            child.wait(5)


if __name__ == "__main__":
    faulthandler.enable(2)  # where it was, should a native library crash
    for target, arguments in json.load(sys.stdin):
        invoke(target, arguments)
