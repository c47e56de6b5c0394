"""Artifacts in any store that fsspec reaches, with verified copies in a folder of this machine."""

from __future__ import annotations

import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.artifacts.digests import REPEAT, digest, relative_path
from core.artifacts.folder import FolderArtifacts
from core.errors import CorruptArtifact, Unavailable
from core.ports import StoredArtifact

_RENEWED_AFTER = timedelta(hours=1)
"""Age after which content that is put again is written again, so that it counts as new."""


class RemoteArtifacts:
    """Content-addressed objects below a root of a remote file system."""

    def __init__(self, filesystem: Any, root: str, cache: FolderArtifacts) -> None:
        self._files = filesystem
        self._root = root.rstrip("/")
        self._cache = cache
        self._failures = _failures()

    def put(self, source: Path) -> str:
        """Store a copy of the file and return its key; `Unavailable` if the store does not answer."""
        key = self._cache.put(source)
        target = self._path(key)
        beside = f"{target}.{secrets.token_hex(8)}.part"
        try:
            if not self._is_new(target):
                self._files.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
                self._files.put_file(str(source), beside)
                self._files.mv(beside, target)
        except self._failures as error:
            raise Unavailable(f"The artifact store does not take {key[:12]}: {error}.", _CHECK) from error
        return key

    def fetch(self, key: str) -> Path:
        """Return a local copy of the verified content.

        Raises:
            CorruptArtifact: it is missing, truncated or altered.
            Unavailable: the store does not answer.
        """
        try:
            return self._cache.fetch(key)
        except CorruptArtifact:
            self._download(key)
        return self._cache.fetch(key)

    def delete(self, key: str) -> None:
        """Remove the content here and there, or nothing if it is gone; `Unavailable` if the store fails."""
        self._cache.delete(key)
        try:
            self._files.rm(self._path(key))
        except FileNotFoundError:
            return
        except self._failures as error:
            raise Unavailable(f"The artifact store does not remove {key[:12]}: {error}.", _CHECK) from error

    def list(self) -> Iterator[StoredArtifact]:
        """Return everything that is stored; `Unavailable` if the store does not answer."""
        try:
            self._files.invalidate_cache()
            found = self._files.find(self._root, detail=True)
        except FileNotFoundError:
            return
        except self._failures as error:
            raise Unavailable(f"The artifact store does not list its files: {error}.", _CHECK) from error
        for path, about in found.items():
            key = "".join(path.rsplit("/", 2)[-2:])
            if re.fullmatch(r"[0-9a-f]{64}", key):
                yield StoredArtifact(key, int(about["size"]), _written_at(about))

    def delete_older(self, key: str, since: datetime) -> bool:
        """Remove the content unless it was put there since then; return whether it was removed."""
        try:
            self._files.invalidate_cache()
            if _written_at(self._files.info(self._path(key))) > since:
                return False
            self.delete(key)
        except FileNotFoundError:
            return False
        except self._failures as error:
            raise Unavailable(f"The artifact store does not remove {key[:12]}: {error}.", _CHECK) from error
        return True

    def _is_new(self, target: str) -> bool:
        """Return whether the content is there, and was put there lately."""
        self._files.invalidate_cache()
        try:
            return _written_at(self._files.info(target)) > datetime.now(UTC) - _RENEWED_AFTER
        except FileNotFoundError:
            return False

    def _download(self, key: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / "content"
            try:
                self._files.get_file(self._path(key), str(local))
            except FileNotFoundError as error:
                message = f"The artifact {key[:12]} is missing in the store."
                raise CorruptArtifact(message, REPEAT) from error
            except self._failures as error:
                raise Unavailable(f"The artifact store does not give {key[:12]}: {error}.", _CHECK) from error
            if digest(local) != key:
                message = f"The artifact {key[:12]} is not what was written: it was cut or altered."
                raise CorruptArtifact(message, REPEAT)
            self._cache.put(local)

    def _path(self, key: str) -> str:
        return f"{self._root}/{relative_path(key)}"


def _failures() -> tuple[type[Exception], ...]:
    """Return what a store raises that does not answer; S3 has errors of its own for that."""
    of_s3 = sys.modules.get("botocore.exceptions")  # there if the store is in S3
    return (OSError,) if of_s3 is None else (OSError, of_s3.BotoCoreError)


def _written_at(about: dict[str, Any]) -> datetime:
    """Return when a file was written; file systems name it differently."""
    for name in ("LastModified", "last_modified", "updated", "mtime", "created"):
        value = about.get(name)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
    return datetime.now(UTC)  # unknown: never old enough to be removed


_CHECK = "Check CNC_ARTIFACTS_URL, its credentials and the network."
