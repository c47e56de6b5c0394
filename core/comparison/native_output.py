"""Keep native libraries from writing to the process's standard output."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_STDOUT = 1
_lock = Lock()


@contextmanager
def discarded() -> Iterator[None]:
    """Discard what native code writes to standard output; one block at a time, for the whole process."""
    flush = ctypes.CDLL(None).fflush if sys.platform != "win32" else ctypes.cdll.msvcrt.fflush
    with _lock:
        sys.stdout.flush()
        flush(None)
        kept = os.dup(_STDOUT)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, _STDOUT)
        os.close(nothing)
        try:
            yield
        finally:
            flush(None)
            os.dup2(kept, _STDOUT)
            os.close(kept)
