"""Decoded images kept on disk, so that the many runs of a study do not each decode the same files.

An entry is found by what it was made from: the names and contents of all encoded images, and how they are
scaled. So it can never be out of date, and needs no lock: processes that decode the same at once write the
same. Entries are written aside and then renamed, and are mapped into memory, which processes share.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import PIL
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

log = logging.getLogger(__name__)

Source: TypeAlias = tuple[str, Callable[[], BinaryIO]]
Sources: TypeAlias = Iterable[Source]
"""Encoded images: their names, and how to open them."""
UNREADABLE = (OSError, ValueError, SyntaxError)
"""What opening or decoding a damaged image raises; Pillow's own errors are among them."""
_FORM = "2"  # changes with what is stored
_ENDING = ".decoded"
_ABANDONED_S = 3600.0


@dataclass(frozen=True)
class Decoded:
    """Images `(images, channels, height, width)` uint8, which sources they are, and what went wrong."""

    images: Tensor
    kept: list[int]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class DecodedCache:
    """A folder of decoded images; what was not used for longest goes when it is full.

    most_bytes: bound of all entries together; one that would fill more than half of it is not kept.
    worth_s: what was decoded faster than this is not kept.
    """

    folder: Path
    most_bytes: int = 8 * 2**30
    worth_s: float = 0.25

    def get(self, key: str, decode: Callable[[], Decoded]) -> Decoded:
        """Return the entry, or what `decode` gives, which is then kept if that is worth it."""
        found = self._read(key)
        if found is not None:
            return found
        started = time.perf_counter()
        decoded = decode()
        took_s = time.perf_counter() - started
        if took_s >= self.worth_s and decoded.kept and decoded.images.nbytes <= self.most_bytes // 2:
            self._keep(key, decoded)
        return decoded

    def _read(self, key: str) -> Decoded | None:
        path = self.folder / f"{key}{_ENDING}"
        try:
            with safe_open(path, framework="pt") as entry:
                problems = tuple(json.loads(entry.metadata()["problems"]))
                decoded = Decoded(entry.get_tensor("images"), entry.get_tensor("kept").tolist(), problems)
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            log.warning("Decoded images cannot be used", extra={"path": str(path), "error": str(error)})
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        return decoded

    def _keep(self, key: str, decoded: Decoded) -> None:
        """Write an entry; a full disk or a folder that cannot be written only means that nothing is kept."""
        beside = self.folder / f".{secrets.token_hex(8)}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.folder).free < 2 * decoded.images.nbytes:
                return
            self._make_room(decoded.images.nbytes)
            tensors = {"images": decoded.images, "kept": torch.tensor(decoded.kept, dtype=torch.int64)}
            save_file(tensors, beside, metadata={"problems": json.dumps(decoded.problems)})
            with beside.open("rb") as written:
                os.fsync(written.fileno())
            beside.replace(self.folder / f"{key}{_ENDING}")
        except (OSError, SafetensorError) as error:
            log.warning("Decoded images are not kept", extra={"path": str(self.folder), "error": str(error)})
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def _make_room(self, needed_bytes: int) -> None:
        """Remove what killed processes left, and the entries used least lately until the new one fits."""
        entries = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process removed it
                status = path.stat()
                if path.suffix == _ENDING:
                    entries.append((status.st_mtime, status.st_size, path))
                elif path.suffix == ".part" and time.time() - status.st_mtime > _ABANDONED_S:
                    path.unlink()
        used = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if used + needed_bytes <= self.most_bytes:
                break
            path.unlink(missing_ok=True)
            used -= size


_in_use: ContextVar[DecodedCache | None] = ContextVar("decoded_cache", default=None)


@contextmanager
def kept_in(cache: DecodedCache | None) -> Iterator[None]:
    """Within this, what is decoded is looked for and kept there; None: it is always decoded anew."""
    token = _in_use.set(cache)
    try:
        yield
    finally:
        _in_use.reset(token)


def present_cache() -> DecodedCache | None:
    """Return the cache that decoding uses here, if any."""
    return _in_use.get()


def key_of(parts: Iterable[bytes], *, size: int, channels: int) -> str:
    """Return the hash of all that decoding depends on. parts: `fingerprint` of every source, in order."""
    digest = hashlib.sha256(f"{_FORM} {PIL.__version__} {np.__version__} {size} {channels}".encode())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def fingerprint(source: Source) -> bytes:
    """Return a hash of a source's name and content."""
    name, open_source = source
    try:
        with open_source() as stream:
            content = stream.read()
    except UNREADABLE as error:
        content = f"unreadable: {error}".encode()
    named = name.encode("utf-8", "surrogatepass")
    return hashlib.sha256(len(named).to_bytes(8) + named + content).digest()
