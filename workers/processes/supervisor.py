"""Takes one claimed run to its end: starts its process, keeps its lease, ends it when asked to."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from core.domain.queue.run import Run, RunError
from core.errors import Conflict, Unavailable
from workers.processes.children import Child, ChildStarter
from workers.processes.timers import Act, Pace, Reason, RunTimers, death
from workers.processes.wire import Exit, Job

log = logging.getLogger(__name__)


class RunLife(Protocol):
    """What the supervisor says to the database about one attempt of a run; `Conflict` if it is not ours."""

    def renew(self, run: Run) -> bool:
        """Prolong the lease; return whether somebody asked to cancel."""
        ...

    def cancel_requested(self, run: Run) -> bool:
        """Return whether somebody asked to cancel; only reads."""
        ...

    def unfinished(self, run: Run) -> bool:
        """Return whether this attempt is still counted as running."""
        ...

    def fail(self, run: Run, error: RunError) -> None:
        """Record that the run failed."""
        ...

    def crashed(self, run: Run, error: RunError) -> None:
        """Record that the run's process died: tried again, or failed after the last try."""
        ...

    def cancelled(self, run: Run) -> None:
        """Record that the run was cancelled."""
        ...

    def release(self, run: Run) -> None:
        """Put the run back into the queue; the attempt is not counted."""
        ...

    def drop(self, run: Run) -> None:
        """Put the run back into the queue; the attempt counts, and after the last one the run is lost."""
        ...


class Meters(Protocol):
    """Follows what runs use."""

    def begin(self, run: Run) -> None:
        """Note that a run starts."""
        ...

    def started(self, run: Run, pid: int) -> None:
        """Note the process of a run."""
        ...

    def end(self, run: Run, *, cpu_s: float, peak_bytes: int) -> None:
        """Note that a run's process ended, with what the kernel counted."""
        ...


@dataclass(frozen=True)
class Supervisor:
    """Supervises runs, one at a time per thread. `stopping` is set when the worker shuts down.

    give_up: told why no process can be started any more; the next run would fare no better.
    """

    life: RunLife
    starter: ChildStarter
    job: Callable[[Run], Job]
    stopping: threading.Event
    give_up: Callable[[Unavailable], object]
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.monotonic
    meters: Meters | None = None

    def supervise(self, run: Run) -> None:
        """Carry the run out and return when its fate is in the database."""
        watch = RunTimers(self.pace, self.clock())
        if self.meters is not None:
            self.meters.begin(run)
        try:
            child = self.starter.launch(self.job(run))
        except (Unavailable, OSError) as error:
            if self.meters is not None:
                self.meters.end(run, cpu_s=0.0, peak_bytes=0)
            self._settle(run, lambda: self.life.release(run))
            self.give_up(_unstartable(error))
            return
        log.info("Run started", extra={"action": "run_started", "run": run.id, "pid": child.pid})
        if self.meters is not None:
            self.meters.started(run, child.pid)
        how = self._follow(run, child, watch)
        if self.meters is not None:
            self.meters.end(run, cpu_s=how.cpu_s, peak_bytes=how.peak_bytes)
        log.info("Run ended", extra={"action": "run_ended", "run": run.id, "how": how.describe()})
        self._settle(run, lambda: self._conclude(run, how, watch.reason))

    def _follow(self, run: Run, child: Child, watch: RunTimers) -> Exit:
        while (how := child.wait(watch.rest_s(self.clock()))) is None:
            now = self.clock()
            if self.stopping.is_set():
                watch.end(Reason.SHUTDOWN, now)
            match watch.due(now):
                case Act.TERMINATE:
                    child.signal(signal.SIGTERM)
                case Act.KILL:
                    child.signal(signal.SIGKILL)
                case Act.RENEW:
                    self._ask(run, watch, self.life.renew)
                case Act.POLL:
                    self._ask(run, watch, self.life.cancel_requested)
                case Act.NOTHING:
                    pass
        return how

    def _ask(self, run: Run, watch: RunTimers, question: Callable[[Run], bool]) -> None:
        try:
            if question(run):
                watch.end(Reason.CANCELLED, self.clock())
        except Conflict:
            # It has just ended, or another attempt holds it: either way there is nothing left to do.
            log.info("Run is not held any more", extra={"action": "run_let_go", "run": run.id})
            watch.end(Reason.FENCED, self.clock())
        except Unavailable as error:
            # The database is away for a while; the lease gives it time to come back.
            facts = {"action": "renew_failed", "run": run.id}
            log.warning("Lease not renewed: %s", error.message, extra=facts)
        except Exception:
            log.exception("Lease not renewed", extra={"action": "renew_failed", "run": run.id})

    def _conclude(self, run: Run, how: Exit, reason: Reason | None) -> None:
        if not self.life.unfinished(run):
            return
        if reason is Reason.CANCELLED or (how != Exit(code=0) and self.life.cancel_requested(run)):
            self.life.cancelled(run)
        elif reason is Reason.SHUTDOWN or (self.stopping.is_set() and how == Exit()):
            self.life.release(run)
        elif how == Exit():
            self.life.drop(run)  # whatever took the process that starts runs, it took the others as well
        elif how.accident:
            self.life.crashed(run, death(how))
        else:
            self.life.fail(run, death(how))

    def _settle(self, run: Run, write: Callable[[], None]) -> None:
        for wait_s in (0.5, 2.0, 5.0, 0.0):
            try:
                write()
            except Conflict:
                log.info("Run was settled elsewhere", extra={"action": "run_settled", "run": run.id})
            except Unavailable as error:
                facts = {"action": "settle_failed", "run": run.id}
                log.warning("Result not recorded: %s", error.message, extra=facts)
                self.stopping.wait(wait_s)
                continue
            except Exception:
                log.exception("Result not recorded", extra={"action": "settle_failed", "run": run.id})
                self.stopping.wait(wait_s)
                continue
            return


def _unstartable(error: Unavailable | OSError) -> Unavailable:
    if isinstance(error, Unavailable):
        return error
    return Unavailable(
        f"No process can be started for runs: {error}.", "Look for memory and file handles that ran out."
    )
