"""Notices within milliseconds that somebody wrote to a SQLite database, without asking it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from sqlalchemy.engine import URL

Mark: TypeAlias = tuple[tuple[int, int], ...]


class DatabaseWatch:
    """Looks at the files of the database: each commit changes the log that SQLite writes ahead."""

    def __init__(self, url: URL) -> None:
        file = url.database if url.get_backend_name() == "sqlite" else None
        self._files = [] if file is None else [Path(file), Path(f"{file}-wal")]

    def mark(self) -> Mark | None:
        """Return what is another value after each commit; None where only asking tells."""
        if not self._files:
            return None
        return tuple(_written(file) for file in self._files)


def _written(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
