"""Refreshes what many tabs follow, one part after the other, so that no poll waits for a drawing."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock


class Background:
    """One thread that works at most half of the time: after each task it rests as long as the task took."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, rest: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._rest = clock, rest
        self._lock = Lock()
        self._pending: set[Hashable] = set()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="live")

    def is_pending(self, key: Hashable) -> bool:
        """Return whether the task of this key has not ended."""
        with self._lock:
            return key in self._pending

    def submit(self, key: Hashable, task: Callable[[], None]) -> None:
        """Carry out a task in its turn, unless one of the same key still waits or runs."""
        with self._lock:
            if key in self._pending:
                return
            self._pending.add(key)
        self._executor.submit(self._carry_out, key, task)

    def _carry_out(self, key: Hashable, task: Callable[[], None]) -> None:
        began = self._clock()
        try:
            task()
        finally:
            with self._lock:
                self._pending.discard(key)
        self._rest(self._clock() - began)
