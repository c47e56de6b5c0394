"""Child processes that are started again when they die, but not for ever."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from core.errors import Unavailable

BACKOFF_S = (1.0, 2.0, 4.0, 8.0)
"""Pauses before a child that died is started again; after the last one it is given up."""
STEADY_S = 60.0
"""A child that lived this long has earned all its restarts back."""
MISCONFIGURED = 2
"""Exit code by which a child says that starting it again would not help."""


@dataclass
class Child:
    """One process: how it is started, and how it fared."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0

    def start(self, now: float) -> None:
        """Start it in a session of its own, so that a Ctrl-C reaches only its parent."""
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509
        self.started_at = now

    def exit_code(self) -> int | None:
        """Return how it ended, None as long as it lives."""
        return None if self.process is None else self.process.poll()


@dataclass
class Children:
    """Starts children, looks after them, and stops them."""

    children: list[Child]
    stopping: threading.Event
    now: Callable[[], float] = time.monotonic
    say: Callable[[str], object] = field(default=lambda text: sys.stderr.write(text + "\n"))

    def add(self, child: Child) -> None:
        """Look after one more."""
        self.children.append(child)

    def start(self) -> None:
        """Start all of them."""
        for child in self.children:
            child.start(self.now())

    def look(self) -> None:
        """Start those again that died, after a pause.

        Raises:
            Unavailable: one died too often, or said that starting it again would not help.
        """
        for child in self.children:
            code = child.exit_code()
            if code is None or self.stopping.is_set():
                continue
            if self.now() - child.started_at > STEADY_S:
                child.restarts = 0
            if code == MISCONFIGURED or child.restarts == len(BACKOFF_S):
                message = f"The {child.name} ended {describe(code)} and was not started again."
                raise Unavailable(message, "Look at its messages above, or run: compress-compare doctor")
            pause_s = BACKOFF_S[child.restarts]
            child.restarts += 1
            self.say(f"The {child.name} ended {describe(code)}; it is started again in {pause_s:g} s.")
            if not self.stopping.wait(pause_s):
                child.start(self.now())

    def stop(self, *, grace_s: float) -> None:
        """Ask all to end, wait, then kill what is left with everything it started."""
        living = [child.process for child in self.children if child.process and child.exit_code() is None]
        for process in living:
            process.terminate()
        deadline = time.monotonic() + grace_s
        for process in living:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def describe(code: int) -> str:
    """Return an exit code in words."""
    if code < 0:
        return f"by signal {signal.Signals(-code).name}"
    return f"with exit code {code}"


def _die_with_parent() -> None:
    """Have Linux end this process when its parent is killed, so that none is left on the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
