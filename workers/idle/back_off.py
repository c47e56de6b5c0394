"""When a worker that gets no work should suspect that the broker, which may have no disk, forgot it."""

from __future__ import annotations

_FIRST_S = 10.0
_LONGEST_S = 600.0


class BackOff:
    """How long runs may stay queued while a slot is free and nothing arrives; times in seconds.

    A free worker takes what is announced within a moment, so waiting runs were most likely forgotten.
    BackOff doubles with every repetition that nothing follows, so that messages never pile up.
    """

    def __init__(self) -> None:
        self.limit_s = _FIRST_S
        self._idle_since: float | None = None

    def worked(self) -> None:
        """Note that a run was claimed: messages arrive."""
        self.limit_s, self._idle_since = _FIRST_S, None

    def repeated(self) -> None:
        """Note that runs were announced once more."""
        self.limit_s = min(2 * self.limit_s, _LONGEST_S)

    def over(self, now: float, *, free: bool) -> bool:
        """Return whether a slot has been free for long enough; waiting starts again then."""
        if not free:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since >= self.limit_s:
            self._idle_since = now
            return True
        return False
