"""The embedded worker: threads that claim runs straight from the database, no broker needed."""

from __future__ import annotations

import logging
import threading

from core.errors import Unavailable
from workers.runtime import Runtime

log = logging.getLogger(__name__)

_IDLE_S = 0.15
_AFTER_ERROR_S = 2.0


class LocalLoop:
    """One thread per slot; each claims, supervises, and claims again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._turn = threading.Condition()

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
            with self._turn:
                self._turn.notify_all()
            for slot in slots:
                slot.join()

    def _slot(self) -> None:
        while not self._runtime.stopping.is_set():
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
            with self._turn:
                if worked:
                    self._turn.notify_all()  # what waited for that run may start now
                elif not self._runtime.stopping.is_set():
                    self._turn.wait(_IDLE_S)

    def _once(self) -> bool:
        run = self._runtime.claim(self._runtime.worker.queues)
        if run is None:
            return False
        self._runtime.execute(run)
        return True
