"""Files and folders that systems and programs leave among data, and that are no data."""

from __future__ import annotations

_LEFT_BY_SYSTEMS = frozenset(
    {"@eadir", "__macosx", "__pycache__", "#recycle", "#snapshot", "$recycle.bin", "lost+found"}
    | {"system volume information"}
)


def is_hidden(name: str) -> bool:
    """Return whether a file or folder of that name is hidden, or left by a system (such as `@eaDir`)."""
    return name.startswith(".") or name.lower() in _LEFT_BY_SYSTEMS
