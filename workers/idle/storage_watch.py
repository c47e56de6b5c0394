"""Whether this machine reaches the artifact store: without it, a worker takes no runs and says why."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import CompressCompareError
from core.ports import ArtifactStore

log = logging.getLogger(__name__)

EVERY_S = 60.0
AGAIN_S = 5.0
"""Until the next look at a store that did not answer."""


class StorageWatch:
    """Writes, reads and removes a small file now and then.

    problem: why the store cannot be used, with what to do; empty if it can, as far as is known.
    """

    def __init__(
        self, artifacts: ArtifactStore, name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.problem = ""
        self._artifacts, self._name, self._clock = artifacts, name, clock
        self._next = 0.0

    def look(self) -> None:
        """Try the store if it is time to."""
        if self._clock() < self._next:
            return
        before, self.problem = self.problem, self._tried()
        self._next = self._clock() + (AGAIN_S if self.problem else EVERY_S)
        if self.problem and not before:
            log.error("Takes no runs: %s", self.problem, extra={"action": "storage_lost"})
        elif before and not self.problem:
            log.info("Takes runs again: the artifact store answers", extra={"action": "storage_back"})

    def _tried(self) -> str:
        try:
            with tempfile.TemporaryDirectory() as folder:
                probe = Path(folder) / "probe"
                probe.write_text(f"{self._name} {time.time_ns()}")
                key = self._artifacts.put(probe)
                self._artifacts.fetch(key)
                self._artifacts.delete(key)
        except CompressCompareError as error:
            return str(error)
        except OSError as error:
            return f"The artifact store cannot be tried: {error.strerror or error}."
        return ""
