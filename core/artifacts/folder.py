"""Artifacts in a folder of this machine, or on a disk that machines share."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from core.artifacts.digests import REPEAT, digest, relative_path
from core.errors import CorruptArtifact, Misconfigured
from core.ports import StoredArtifact

_ABANDONED_S = 86_400.0  # a part this old belongs to a process that was killed


class FolderArtifacts:
    """Content-addressed files below a root folder.

    A file appears under its key in one step (write beside, fsync, rename), so there are no half ones.
    A file is verified when it is fetched for the first time, and again if its size or time changed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def put(self, source: Path) -> str:
        """Store a copy of the file and return its key.

        Raises:
            Misconfigured: the folder cannot be written, or the disk is full.
        """
        key = digest(source)
        target = self.root / relative_path(key)
        if self._renewed(source, target, key):
            return key
        try:
            self._place(source, target)
        except OSError as error:
            message = f"The artifact folder {self.root} cannot be written: {error.strerror or error}."
            raise Misconfigured(
                message, "Make room, give it to this user, or set CNC_ARTIFACTS_URL."
            ) from error
        return key

    def fetch(self, key: str) -> Path:
        """Return the path of the verified content.

        Raises:
            CorruptArtifact: it is missing, truncated or altered.
        """
        path = self.root / relative_path(key)
        try:
            status = path.stat()
            fingerprint = (status.st_size, status.st_mtime_ns)
            if self._verified.get(key) == fingerprint:
                return path
            actual = digest(path)
        except FileNotFoundError as error:
            raise CorruptArtifact(f"The file {path} is missing.", REPEAT) from error
        except OSError as error:
            raise CorruptArtifact(f"The file {path} cannot be read: {error.strerror}.", REPEAT) from error
        if actual != key:
            message = (
                f"The file {path} ({status.st_size:,} bytes) is not what was written: it was cut or altered."
            )
            raise CorruptArtifact(message, REPEAT)
        with self._lock:
            self._verified[key] = fingerprint
        return path

    def delete(self, key: str) -> None:
        """Remove the content; silently nothing if it is gone already."""
        (self.root / relative_path(key)).unlink(missing_ok=True)

    def list(self) -> Iterator[StoredArtifact]:
        """Return everything that is stored, and remove what killed processes left half written."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/*")):
            with suppress(FileNotFoundError):
                status, key = path.stat(), path.parent.name + path.name
                if re.fullmatch(r"[0-9a-f]{64}", key):
                    written = datetime.fromtimestamp(status.st_mtime, UTC)
                    yield StoredArtifact(key, status.st_size, written)
                elif path.suffix == ".part" and status.st_mtime < time.time() - _ABANDONED_S:
                    path.unlink()

    def delete_older(self, key: str, since: datetime) -> bool:
        """Remove the content unless it was put there since then; return whether it was removed.

        It is moved aside first, so that whoever puts it again at this moment writes it anew.
        """
        path = self.root / relative_path(key)
        aside = path.with_name(f".{path.name[:16]}.{secrets.token_hex(8)}.part")
        try:
            path.replace(aside)
        except FileNotFoundError:
            return False
        if datetime.fromtimestamp(aside.stat().st_mtime, UTC) > since:
            aside.replace(path)
            return False
        aside.unlink()
        return True

    def _renewed(self, source: Path, target: Path, key: str) -> bool:
        """Return whether the content is there already, and count it as written now."""
        try:
            if target.stat().st_size != source.stat().st_size or digest(target) != key:
                return False
            os.utime(target)
        except OSError:  # missing, or what `_place` reports
            return False
        return True

    def _place(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name[:16]}.{secrets.token_hex(8)}.part")
        try:
            with source.open("rb") as read, beside.open("wb") as written:
                shutil.copyfileobj(read, written, 1024 * 1024)
                written.flush()
                os.fsync(written.fileno())
            beside.replace(target)
            _sync_folder(target.parent)
        finally:
            beside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
