"""What a worker does while it has nothing to do: it looks at data that nobody has seen yet."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from core.domain.data.data_preview import described
from core.domain.project import Dataset
from core.execution.process_setup import ProcessSetup
from core.services.application import Application
from core.services.data_setup.data_preview import keep_failure, unseen
from workers.processes.children import ChildStarter
from workers.processes.wire import Call, Job

SPLIT = "test"
_LONGEST_S = 600.0
_TURN_S = 0.25
_STOPPED = (None, signal.SIGINT, signal.SIGTERM)
"""Not killed by the system, as for want of memory, but ended by itself or together with the worker."""


class DataPreviewer:
    """Reads each new data set once, in a process of its own that ends as soon as there is a run to do.

    A data set that this worker cannot read is left to others, and to the runs that need it, until its
    parameters are changed.
    """

    def __init__(
        self,
        app: Application,
        starter: ChildStarter,
        place: ProcessSetup,
        *,
        log: Path,
        idle: Callable[[], bool],
    ) -> None:
        self._app, self._starter, self._place = app, starter, place
        self._log, self._idle = log, idle
        self._tried: set[tuple[int, str]] = set()

    def __call__(self) -> None:
        """Look at everything new, one data set after the other, as long as there is nothing else to do."""
        new = {(int(dataset.id), described(dataset)): dataset for dataset in unseen(self._app, SPLIT)}
        self._tried &= new.keys()  # what was seen and then changed may be changed back
        for key, dataset in new.items():
            if key in self._tried:
                continue
            if not self._idle() or not self._looked_at(dataset):
                return
            self._tried.add(key)

    def _looked_at(self, dataset: Dataset) -> bool:
        """Return whether there was the time to look; how it went, the process itself has told if it could."""
        call = Call("core.execution.data_preview:look", [self._place.to_json(), int(dataset.id)])
        child = self._starter.launch(Job(call, self._log))
        until = time.monotonic() + _LONGEST_S
        while (ended := child.wait(_TURN_S)) is None:
            if not self._idle():
                child.signal(signal.SIGKILL)
                return False
            if time.monotonic() > until:
                child.signal(signal.SIGKILL)
                self._tell(dataset, f"it took longer than {_LONGEST_S / 60:.0f} minutes")
                return True
        if ended.signal not in _STOPPED:
            self._tell(dataset, f"the process that did {ended.describe()}")
        return True

    def _tell(self, dataset: Dataset, what: str) -> None:
        told = f"A worker gave up reading it: {what}. The first measurement of a model tries once more."
        keep_failure(self._app, dataset, SPLIT, told)
