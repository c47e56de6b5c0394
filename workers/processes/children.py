"""The worker's side of the fork server: start a job in a process of its own, wait for it, signal it."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO, Protocol

from core.errors import Unavailable
from workers.processes.wire import Call, Exit, Job, Lines, Message, encode

_PRELOAD_TIMEOUT_S = 180.0
_START_TIMEOUT_S = 30.0


class Child:
    """A process that does one job. `pid` is also the id of its process group."""

    def __init__(self, server: _Connection, job: int) -> None:
        self._server = server
        self._job = job
        self._started = threading.Event()
        self._ended = threading.Event()
        self.pid = 0
        self.exit = Exit()

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        """Return how the process ended; None if it is still going after `timeout_s`."""
        return self.exit if self._ended.wait(timeout_s) else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started; nothing happens if it has ended."""
        if not self._ended.is_set():
            self._server.send({"do": "signal", "id": self._job, "signal": int(number)})

    def await_start(self) -> None:
        """Return once the process exists; `Unavailable` if the fork server does not answer."""
        if not self._started.wait(_START_TIMEOUT_S):
            raise Unavailable("The process that starts runs does not answer.", "Restart this worker.")

    def note_start(self, pid: int) -> None:
        """Take down the process id the fork server gave."""
        self.pid = pid
        self._started.set()

    def note_end(self, how: Exit) -> None:
        """Take down how the process ended and wake those who wait."""
        self.exit = how
        self._started.set()
        self._ended.set()


class ChildStarter(Protocol):
    """Starts jobs in processes of their own."""

    def ready(self, timeout_s: float = _PRELOAD_TIMEOUT_S) -> None:
        """Return when the next job starts without delay; `Unavailable` if that cannot come to be."""
        ...

    def launch(self, job: Job) -> Child:
        """Start the job."""
        ...

    def renew(self) -> None:
        """Load everything again for the jobs to come; those that are going on are left alone."""
        ...

    def close(self) -> None:
        """End every process that is still going."""
        ...


class _Connection:
    """One fork server process and the children that it has."""

    def __init__(self, preload: Call, environment: Mapping[str, str], log: Path | None) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._sending = threading.Lock()
        self._children: dict[int, Child] = {}
        self._numbers = itertools.count(1)
        self._preloaded = threading.Event()
        self._failure = ""
        self._advice = f"The end of {log} may say more." if log else "See its messages above."
        self.alive = True
        with theirs, _opened(log) as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers.processes.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, name="fork-server-reader", daemon=True)
        self._reader.start()
        self.send({"do": "preload", "target": preload.target, "arguments": list(preload.arguments)})

    def ready(self, timeout_s: float) -> None:
        waited = self._preloaded.wait(timeout_s)
        if not waited or self._failure or not self.alive:
            reason = self._failure or ("it ended at once" if waited else f"no answer in {timeout_s:g} s")
            raise Unavailable(
                f"The process that starts runs could not load its libraries: {reason}.",
                f"{self._advice} If libraries are missing: pip install 'compress-and-compare[worker]'.",
            )

    def launch(self, job: Job) -> Child:
        number = next(self._numbers)
        child = self._children[number] = Child(self, number)
        call = {"target": job.call.target, "arguments": list(job.call.arguments)}
        self.send({"do": "start", "id": number, "log": str(job.log), "header": job.header, **call})
        if not self.alive:  # it died before it could see the request
            child.note_end(Exit())
        child.await_start()
        return child

    @property
    def busy(self) -> bool:
        """Whether a child is still going."""
        return bool(self._children)

    def send(self, message: Message) -> None:
        try:
            with self._sending:
                self._socket.sendall(encode(message))
        except OSError:
            self.alive = False

    def close(self) -> None:
        loading = not self._preloaded.is_set()
        with suppress(OSError):  # closed from the other side already
            self._socket.shutdown(socket.SHUT_RDWR)
        if loading:  # it would listen only afterwards, and has no children yet
            self._process.kill()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        self._socket.close()

    def _read(self) -> None:
        lines = Lines()
        while chunk := self._receive():
            for message in lines.feed(chunk):
                self._note(message)
        self.alive = False
        self._preloaded.set()
        for number in list(self._children):
            self._children.pop(number).note_end(Exit())

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(65536)
        except OSError:
            return b""

    def _note(self, message: Message) -> None:
        match message["is"]:
            case "started":
                self._children[message["id"]].note_start(message["pid"])
            case "ended":
                how = Exit(
                    message.get("code"),
                    message.get("signal"),
                    message.get("peak_bytes", 0),
                    message.get("cpu_s", 0.0),
                )
                self._children.pop(message["id"]).note_end(how)
            case _:
                self._failure = message.get("message", "")
                self._preloaded.set()


class ForkServer:
    """Keeps one fork server going and starts jobs through it; safe to use from several threads.

    log: file for what libraries print while they are loaded; without one it goes where ours goes.
    """

    def __init__(
        self, preload: Call, environment: Mapping[str, str] | None = None, *, log: Path | None = None
    ) -> None:
        self._preload = preload
        self._environment = dict(environment or {})
        self._log = log
        self._lock = threading.Lock()
        self._connection: _Connection | None = None
        self._retired: list[_Connection] = []

    def ready(self, timeout_s: float = _PRELOAD_TIMEOUT_S) -> None:
        """Return when everything is loaded; `Unavailable` with the reason if it cannot be."""
        self._connected().ready(timeout_s)

    def launch(self, job: Job) -> Child:
        """Fork a child for the job; a fork server that died is replaced first."""
        connection = self._connected()
        connection.ready(_PRELOAD_TIMEOUT_S)
        return connection.launch(job)

    def renew(self) -> None:
        """Let a new fork server start the jobs to come; the old one stays until its children have ended."""
        with self._lock:
            if self._connection is not None:
                self._retired.append(self._connection)
                self._connection = None
            self._close_retired()

    def close(self) -> None:
        """End the fork server and with it every child."""
        with self._lock:
            connections = [*self._retired, *([self._connection] if self._connection else [])]
            self._connection, self._retired = None, []
        for connection in connections:
            connection.close()

    def _close_retired(self) -> None:
        for connection in [one for one in self._retired if not one.busy]:
            self._retired.remove(connection)
            connection.close()

    def _connected(self) -> _Connection:
        with self._lock:
            if self._connection is not None and not self._connection.alive:
                self._connection.close()
                self._connection = None
            if self._connection is None:
                self._connection = _Connection(self._preload, self._environment, self._log)
            self._close_retired()
            return self._connection


def _opened(log: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    """Return the file to write to; None where there is none or it cannot be opened."""
    if log is None:
        return nullcontext()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError:
        return nullcontext()
