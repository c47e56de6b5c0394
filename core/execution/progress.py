"""Progress of a run, written to the database a few times a second at most."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from core.domain.queue.run import Run
from core.domain.queue.training_curve import CurvePoint
from core.errors import Unavailable
from core.ports import PartOfProgress
from core.services.application import Application
from core.services.queue.run_lifecycle import report_progress

__all__ = ["DatabaseProgress", "PartOfProgress"]

_EVERY_S = 0.5
_logger = logging.getLogger(__name__)


class DatabaseProgress:
    """Tells the people who wait how far a run is, and how its training goes.

    A report that comes too soon after the last one is dropped; points of the training curve wait for the
    next one, or for `flush`. `Conflict` when the attempt is over: the work is for nothing and ends. A
    database that is away for a while is no reason to end.
    """

    def __init__(self, app: Application, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._run, self._clock = app, run, clock
        self._next = clock()
        self._last = 0.0, ""
        self._curve: list[CurvePoint] = []
        self._update, self._epoch = 0, 0.0

    def report(self, fraction: float, message: str = "") -> None:
        """Say that `fraction` (0..1) of the run is done, and what is going on."""
        self._last = min(1.0, max(0.0, fraction)), message
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _EVERY_S
        try:
            self._write()
        except Unavailable as error:
            _logger.warning("Progress not reported: %s", error.message, extra={"run": self._run.id})

    def record(self, updates: int, epochs: float, values: Mapping[str, float]) -> None:
        """Add a point to the training curve: so many updates and epochs after the last one."""
        self._update += updates
        self._epoch += epochs
        self._curve.append(CurvePoint(self._update, self._epoch, dict(values)))

    def flush(self) -> None:
        """Write the points of the training curve that wait; `Unavailable` if the database is away."""
        if self._curve:
            self._write()

    def _write(self) -> None:
        report_progress(self._app, self._run.id, self._run.attempt, *self._last, curve=tuple(self._curve))
        self._curve.clear()
