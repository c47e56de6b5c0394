"""Reads the database at a bounded rate, however many tabs ask."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

LEAST_S = 1.0
"""What was read is used for this long, unless somebody acts."""
SHARE = 0.2
"""Reading takes at most this share of the time: what is slow to read is read less often."""
MOST_KEPT = 64

T = TypeVar("T")


class Paces:
    """Keeps what was read last under each key, for a while; safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, _Pace] = OrderedDict()

    def read(self, key: Hashable, read: Callable[[T | None], T], *, fresh: bool = False) -> T:
        """Return what `read` returned last, or call it with that (None at first) if it is too long ago.

        One thread reads at a time; meanwhile others get what was read before.
        fresh: wait for a reading that began after this call.
        """
        with self._lock:
            pace = self._kept.setdefault(key, _Pace(self._clock))
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return cast("T", pace.read(read, fresh=fresh))


class _Pace:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._began = self._next = float("-inf")
        self._value: Any = None

    def read(self, read: Callable[[Any], Any], *, fresh: bool) -> Any:
        asked = self._clock()
        known = self._began > float("-inf")
        if known and not fresh and (asked < self._next or self._lock.locked()):
            return self._value
        with self._lock:
            if self._began < asked if fresh else asked >= self._next:
                began = self._clock()
                self._value = read(self._value)
                self._began = began
                self._next = began + max(LEAST_S, (self._clock() - began) / SHARE)
            return self._value
