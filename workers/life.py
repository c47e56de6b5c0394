"""What a supervisor tells the database about an attempt, through the services."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.queue.run import Run, RunError, RunStatus
from core.errors import Conflict
from core.services.application import Application
from core.services.queue import run_lifecycle
from core.services.queue.runs import get_run


@dataclass(frozen=True)
class DatabaseLife:
    """Speaks for one attempt at a time; `Conflict` where another attempt has taken over."""

    app: Application

    def renew(self, run: Run) -> bool:
        """Prolong the lease; return whether somebody asked to cancel."""
        return run_lifecycle.renew(self.app, run.id, run.attempt)

    def cancel_requested(self, run: Run) -> bool:
        """Return whether somebody asked to cancel; only reads."""
        present = self._ours(run)
        return present.cancel_requested_at is not None

    def unfinished(self, run: Run) -> bool:
        """Return whether this attempt is still counted as running."""
        present = get_run(self.app, run.id)
        return present.status is RunStatus.RUNNING and present.attempt == run.attempt

    def fail(self, run: Run, error: RunError) -> None:
        """Record that the run failed."""
        run_lifecycle.fail(self.app, run.id, run.attempt, error)

    def crashed(self, run: Run, error: RunError) -> None:
        """Record that the run's process died: tried again, or failed after the last try."""
        run_lifecycle.crash(self.app, run.id, run.attempt, error)

    def cancelled(self, run: Run) -> None:
        """Record that the run was cancelled."""
        run_lifecycle.mark_cancelled(self.app, run.id, run.attempt)

    def release(self, run: Run) -> None:
        """Put the run back into the queue; the attempt is not counted."""
        run_lifecycle.release(self.app, run.id, run.attempt)

    def drop(self, run: Run) -> None:
        """Put the run back, since what starts runs ended; after the last attempt the run is lost."""
        run_lifecycle.drop(self.app, run.id, run.attempt, run_lifecycle.STARTER_GONE)

    def _ours(self, run: Run) -> Run:
        present = get_run(self.app, run.id)
        if present.attempt != run.attempt or present.status is RunStatus.QUEUED:
            raise Conflict(
                f"Attempt {run.attempt} of run {run.id} is over; the run is {present.status}.",
                "Nothing needs to be done: the present attempt goes on.",
            )
        return present
