"""The time of the database server: leases of workers with wrong clocks neither end early nor late."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.ports import Clock

AGAIN_S = 60.0
SMALLEST = timedelta(seconds=1)
"""Differences below this are left alone: they are as large as the time of a question."""

_logger = logging.getLogger(__name__)


class DatabaseClock:
    """A local clock, corrected by its difference from the clock of a Postgres server once a minute."""

    def __init__(self, engine: Engine, local: Clock) -> None:
        self._engine, self._local = engine, local
        self._difference = timedelta(0)
        self._asked_at: float | None = None

    def now(self) -> datetime:
        """Return the present instant as the server has it."""
        if self._asked_at is None or time.monotonic() - self._asked_at > AGAIN_S:
            self._asked_at = time.monotonic()
            self._ask()
        return self._local.now() + self._difference

    def _ask(self) -> None:
        try:
            with self._engine.connect() as connection:
                before = self._local.now()
                there = connection.scalar(sa.select(sa.func.clock_timestamp()))
                here = before + (self._local.now() - before) / 2
        except sa.exc.SQLAlchemyError:  # it is away: the last difference stands
            return
        found = there - here if isinstance(there, datetime) else timedelta(0)
        wrong = abs(found) >= SMALLEST
        if wrong and abs(found - self._difference) >= SMALLEST:
            facts = {"action": "clock_corrected", "seconds": round(found.total_seconds(), 1)}
            _logger.warning("The clock of this machine differs from the database server's", extra=facts)
        self._difference = found if wrong else timedelta(0)
