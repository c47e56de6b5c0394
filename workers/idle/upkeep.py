"""What a worker does beside its runs: heartbeats, and the sweep that recovers what others dropped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Periodic:
    """Calls a function again and again in a thread of its own; an error is logged and does not end it."""

    def __init__(self, name: str, *, every_s: float, act: Callable[[], object]) -> None:
        self._name, self._every_s, self._act = name, every_s, act
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first call comes at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the call that is going on, if any."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _go(self) -> None:
        failing = False
        while not self._stopping.is_set():
            try:
                self._act()
                failing = False
            except Exception as error:  # noqa: BLE001 - the database may be away for a while
                if not failing:  # once per outage, not every few seconds
                    log.warning(
                        "Upkeep failed, will go on", extra={"action": self._name, "error": str(error)[:500]}
                    )
                failing = True
            self._stopping.wait(self._every_s)
