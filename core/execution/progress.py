"""Progress of a run, written to the database a few times a second at most."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from core.domain.run import Run
from core.errors import Unavailable
from core.ports import PartOfProgress
from core.services.application import Application
from core.services.run_life import report_progress

__all__ = ["DatabaseProgress", "PartOfProgress"]

_EVERY_S = 0.5
_logger = logging.getLogger(__name__)


class DatabaseProgress:
    """Tells the people who wait how far a run is.

    A report that comes too soon after the last one is dropped. `Conflict` when the attempt is over:
    the work is for nothing and ends. A database that is away for a while is no reason to end.
    """

    def __init__(self, app: Application, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._run, self._clock = app, run, clock
        self._next = clock()

    def report(self, fraction: float, message: str = "") -> None:
        """Say that `fraction` (0..1) of the run is done, and what is going on."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _EVERY_S
        try:
            report_progress(self._app, self._run.id, self._run.attempt, min(1.0, max(0.0, fraction)), message)
        except Unavailable as error:
            _logger.warning("Progress not reported: %s", error.message, extra={"run": self._run.id})
