"""Artifacts in any store that fsspec reaches, with verified copies in a folder of this machine."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import Any

from core.artifacts.digests import REPEAT, digest, relative_path
from core.artifacts.folder import FolderArtifacts
from core.errors import CorruptArtifact, Unavailable


class RemoteArtifacts:
    """Content-addressed objects below a root of a remote file system."""

    def __init__(self, filesystem: Any, root: str, cache: FolderArtifacts) -> None:
        self._files = filesystem
        self._root = root.rstrip("/")
        self._cache = cache

    def put(self, source: Path) -> str:
        """Store a copy of the file and return its key; `Unavailable` if the store does not answer."""
        key = self._cache.put(source)
        target = self._path(key)
        beside = f"{target}.{secrets.token_hex(8)}.part"
        try:
            if not self._files.exists(target):
                self._files.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
                self._files.put_file(str(source), beside)
                self._files.mv(beside, target)
        except OSError as error:
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
        """Remove the content here and there; silently nothing if it is gone already."""
        self._cache.delete(key)
        try:
            self._files.rm(self._path(key))
        except FileNotFoundError:
            return

    def _download(self, key: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / "content"
            try:
                self._files.get_file(self._path(key), str(local))
            except FileNotFoundError as error:
                message = f"The artifact {key[:12]} is missing in the store."
                raise CorruptArtifact(message, REPEAT) from error
            except OSError as error:
                raise Unavailable(f"The artifact store does not give {key[:12]}: {error}.", _CHECK) from error
            if digest(local) != key:
                message = f"The artifact {key[:12]} is not what was written: it was cut or altered."
                raise CorruptArtifact(message, REPEAT)
            self._cache.put(local)

    def _path(self, key: str) -> str:
        return f"{self._root}/{relative_path(key)}"


_CHECK = "Check CNC_ARTIFACTS_URL, its credentials and the network."
