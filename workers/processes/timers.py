"""What to do next with a run that is going: pure decisions over a clock that the caller reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from core.domain.queue.run import DIED, RunError
from workers.processes.wire import Exit

_LOOK_S = 0.2
"""How long a supervisor may sleep before it looks whether its worker is to stop."""


@dataclass(frozen=True)
class Pace:
    """Seconds between renewals of the lease, between looks at the cancel flag, from SIGTERM to SIGKILL."""

    renew_s: float = 10.0
    poll_s: float = 1.0
    grace_s: float = 5.0


class Act(Enum):
    """One thing to do now."""

    NOTHING = auto()
    POLL = auto()
    RENEW = auto()
    TERMINATE = auto()
    KILL = auto()


class Reason(StrEnum):
    """Why a supervisor ends a run's process."""

    CANCELLED = "cancelled"  # somebody asked for it
    SHUTDOWN = "shutdown"  # the worker stops; the run goes back into the queue
    FENCED = "fenced"  # the run is over, or another attempt holds it


class RunTimers:
    """Knows when the lease, the cancel flag and the grace period of one run are due."""

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._renew_at = now + pace.renew_s
        self._poll_at = now + pace.poll_s
        self._kill_at: float | None = None
        self._told = False
        self.reason: Reason | None = None

    def end(self, reason: Reason, now: float) -> None:
        """Begin to end the process; the first reason counts."""
        if self.reason is None:
            self.reason = reason
            self._kill_at = now if reason is Reason.FENCED else now + self._pace.grace_s

    def due(self, now: float) -> Act:
        """Return what to do at `now`; each act is returned once when its time has come."""
        if self.reason is not None and not self._told:
            self._told = True
            return Act.TERMINATE
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_at = now + 1.0
            return Act.KILL
        if now >= self._renew_at:
            self._renew_at = now + self._pace.renew_s
            self._poll_at = now + self._pace.poll_s
            return Act.RENEW
        if now >= self._poll_at and self.reason is None:
            self._poll_at = now + self._pace.poll_s
            return Act.POLL
        return Act.NOTHING

    def rest_s(self, now: float) -> float:
        """Return how long to wait for the process before asking again."""
        times = [self._renew_at, self._poll_at]
        if self._kill_at is not None:
            times = [self._renew_at, self._kill_at]
        return min(_LOOK_S, max(0.0, min(times) - now))


def death(how: Exit) -> RunError:
    """Return what people read about a run whose process ended without telling a result."""
    memory = f"; it held up to {how.peak_bytes / 1e9:.1f} GB of memory" if how.peak_bytes else ""
    message = f"The process of this run {how.describe()} before it had a result{memory}."
    if how.signal == 9:
        hint = (
            "Most likely the machine ran out of memory: use a smaller batch size, fewer runs at once "
            "(CNC_SLOTS), or a worker with more memory, then retry. The system's log (dmesg) says whether "
            "the kernel killed it."
        )
    elif how.signal is not None:
        hint = (
            "A native library crashed; the end of the log may say where. Retry on another worker, leave the "
            "step before it out, or report it with the log."
        )
    else:
        hint = "Read the end of the log, then retry."
    return RunError(code=DIED, message=message, hint=hint)
