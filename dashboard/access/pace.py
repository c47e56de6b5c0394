"""How often programs may ask: a bucket for each token that holds a minute's requests and fills evenly."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

MOST_KEPT = 10_000


@dataclass
class Pace:
    """The buckets of one process. per_minute: requests of each token; 0: as many as it likes."""

    per_minute: int
    _lock: Lock = field(default_factory=Lock)
    _left: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def wait_s(self, token: str, now: datetime) -> float:
        """Count a request; return 0, or the seconds after which one is let in again."""
        if not self.per_minute:
            return 0.0
        per_s = self.per_minute / 60
        with self._lock:
            left, then = self._left.pop(token, (float(self.per_minute), now))
            left = min(float(self.per_minute), left + per_s * max(0.0, (now - then).total_seconds()))
            self._left[token] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > MOST_KEPT:
                self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) / per_s
