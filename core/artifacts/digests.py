"""Keys of artifacts: the SHA-256 of their content, and the path that follows from it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from core.errors import CorruptArtifact

REPEAT = "Retry this run: what is damaged is made again first. Or restore the file from a backup."


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def relative_path(key: str) -> str:
    """Return where the content of a key lies below the store's root; `CorruptArtifact` if it is no key."""
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise CorruptArtifact(f"{key!r} is not the key of an artifact.", REPEAT)
    return f"{key[:2]}/{key[2:]}"
