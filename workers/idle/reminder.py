"""Announces queued runs once more that a broker seems to have forgotten."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from core.services.application import Application, NoBroker
from core.services.queue import run_lifecycle
from workers.idle.back_off import BackOff

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reminder:
    """Watches the queues of one worker; without a broker nothing can be forgotten."""

    app: Application
    queues: Collection[str]
    back_off: BackOff

    def look(self, now: float, *, free: bool) -> None:
        """Announce runs again where a slot is free and they do not arrive; `now` in seconds."""
        if isinstance(self.app.dispatcher, NoBroker) or not self.back_off.over(now, free=free):
            return
        report = run_lifecycle.dispatch_unsent(
            self.app, queues=self.queues, older_than_s=self.back_off.limit_s
        )
        if report.sent:
            self.back_off.repeated()
            log.warning(
                "Runs that the broker seems to have forgotten were announced once more",
                extra={"action": "runs_reminded", "runs": report.sent},
            )
