"""One `serve` per data folder: a second one is told who has it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import Misconfigured

LOCK = "serve.lock"


@contextmanager
def held(folder: Path, url: str) -> Iterator[None]:
    """Hold the folder until the block ends; the kernel lets go of it when the process dies.

    Raises:
        Misconfigured: another process holds it.
    """
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            hint = f"Open that one or stop it; for a second installation set CNC_DATA_DIR beside {folder}."
            raise Misconfigured(f"The data folder {folder} is served by {holder} already.", hint) from error
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} at {url}")
        file.flush()
        yield
