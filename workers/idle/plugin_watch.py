"""Takes up plug-ins that are new or changed while a worker runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

log = logging.getLogger(__name__)

_Files: TypeAlias = dict[str, tuple[int, int]]
"""When each file of the folder changed, in nanoseconds, and its size."""


class PluginWatch:
    """Looks at the plug-in folder; once a change is complete, `take_up` is called.

    A change is complete when nothing more changed between two looks, so that half-written files wait.
    """

    def __init__(self, folder: Path | None, take_up: Callable[[], None]) -> None:
        self._folder, self._take_up = folder, take_up
        self._loaded = self._last = self._files()

    def look(self) -> None:
        """Compare the folder with what was loaded; errors of `take_up` propagate, and it is tried again."""
        found = self._files()
        complete, self._last = found == self._last, found
        if not complete or found == self._loaded:
            return
        changed = sorted(name for name, _ in found.items() ^ self._loaded.items())
        log.info("Plug-ins changed", extra={"action": "plugins_changed", "files": sorted(set(changed))})
        self._take_up()
        self._loaded = found

    def _files(self) -> _Files:
        if self._folder is None or not self._folder.is_dir():
            return {}
        found: _Files = {}
        for path in self._folder.glob("*.py"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found[path.name] = (status.st_mtime_ns, status.st_size)
        return found
