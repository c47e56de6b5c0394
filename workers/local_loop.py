"""The embedded worker: threads that claim runs straight from the database, no broker needed."""

from __future__ import annotations

import logging
import threading
import time

from core.errors import Unavailable
from workers.idle.database_watch import DatabaseWatch, Mark
from workers.runtime import Runtime

log = logging.getLogger(__name__)

_IDLE_S = 0.15
"""Between claims of an idle slot where the database does not show that it was written to."""
_LOOK_S = 0.02
_LONGEST_S = 1.0
"""Between looks at a database that shows it, and between claims if it was not."""
_AFTER_ERROR_S = 2.0


class LocalLoop:
    """One thread per slot; each claims, supervises, and claims again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._watch = DatabaseWatch(runtime.app.unit_of_work.engine.url)

    def run(self) -> None:
        """Work until `runtime.stopping` is set; runs that are going then are given back."""
        with self._runtime:
            slots = [
                threading.Thread(target=self._slot, name=f"slot-{number}", daemon=True)
                for number in range(self._runtime.worker.slots)
            ]
            for slot in slots:
                slot.start()
            self._runtime.stopping.wait()
            for slot in slots:
                slot.join()

    def _slot(self) -> None:
        while not self._runtime.stopping.is_set():
            before = self._watch.mark()
            try:
                worked = self._once()
            except Unavailable as error:  # the database is away for a while
                log.warning("Claim failed: %s", error.message, extra={"action": "claim_failed"})
                self._runtime.stopping.wait(_AFTER_ERROR_S)
                continue
            except Exception:
                log.exception("Claim failed", extra={"action": "claim_failed"})
                self._runtime.stopping.wait(_AFTER_ERROR_S)
                continue
            if not worked:
                self._rest(before)

    def _rest(self, before: Mark | None) -> None:
        """Wait until runs may have been queued since `before`."""
        if before is None:
            self._runtime.stopping.wait(_IDLE_S)
            return
        until = time.monotonic() + _LONGEST_S
        while self._watch.mark() == before and time.monotonic() < until:
            if self._runtime.stopping.wait(_LOOK_S):
                return

    def _once(self) -> bool:
        run = self._runtime.claim(self._runtime.worker.queues)
        if run is None:
            return False
        self._runtime.execute(run)
        return True
