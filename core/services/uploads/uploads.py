"""Weight files that people upload: taken in piece by piece, checked, stored under their content's hash.

They belong to nobody until a model is queued with them. What no model uses goes after a while.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.catalogue import SourceSpec
from core.domain.data.uploads import Upload, has_suffix, names_upload, read_reference, safe_name
from core.errors import InvalidInput, Misconfigured, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.uploads.onnx_files import SUFFIX as ONNX
from core.services.uploads.onnx_files import require_beginning, weight_count
from core.services.uploads.tensor_files import CONVERT, FIELD, tensor_count

_logger = logging.getLogger(__name__)
_ABANDONED_S = 3600.0  # nothing was written to a part for so long: its process was killed


@needs(Role.EDITOR)
def check_start(app: Application, name: str, size_bytes: int, start: IO[bytes]) -> int:
    """Return how many tensors a file holds that may be uploaded, by its name, size and first bytes.

    Raises:
        InvalidInput: it cannot be taken, and why.
    """
    accepted = _accepted(app, name, size_bytes)
    if accepted.lower().endswith(ONNX):
        require_beginning(start, name=accepted)
        return 0  # they are counted once the whole file is there
    return tensor_count(start, name=accepted, size_bytes=size_bytes)


@needs(Role.EDITOR)
def receive(app: Application, name: str, size_bytes: int, pieces: Iterable[bytes]) -> Upload:
    """Store a file that comes in pieces, and return what it is; nothing is kept of one that is not whole.

    Raises:
        InvalidInput: it cannot be taken, and why.
        Misconfigured: it cannot be written.
        Unavailable: the artifact store does not answer.
    """
    name = _accepted(app, name, size_bytes)
    with _part(app.cache_dir / "uploads") as part:
        key = _write(part, name, size_bytes, pieces)
        part.seek(0)
        count = weight_count if name.lower().endswith(ONNX) else tensor_count
        tensors = count(part, name=name, size_bytes=size_bytes)
        upload = Upload(key, name, size_bytes, tensors, app.clock.now())
        with app.unit_of_work(writing=True) as uow:  # before the content: what is noted is not swept away
            uow.uploads.keep(upload)
            note(uow, app, Action.UPLOADED, Subject("file", told=f"{name}, {size_bytes:,} bytes"))
            uow.commit()
        app.artifacts.put(Path(part.name))
    _logger.info("File uploaded", extra={"key": key, "upload": name, "bytes": size_bytes})
    return upload


def upload_problems(
    uow: UnitOfWork, app: Application, spec: SourceSpec, values: Mapping[str, Any]
) -> list[Problem]:
    """Return which parameters name an upload that is not there; those that are will be kept from now on."""
    problems = []
    for about in spec.parameters:
        name, value = about.name, values.get(about.name)
        if about.place is None or not about.place.uploads or not names_upload(value):
            continue
        said = _wrong_with(uow, app, str(value))
        if said:
            problems.append(Problem(f"parameters.{name}", *said))
    return problems


def _wrong_with(uow: UnitOfWork, app: Application, value: str) -> tuple[str, str] | None:
    """Return message and hint about what names an upload; None where it is there, and kept from now on."""
    again = "Upload the file again, or give its path."
    reference = read_reference(value)
    if reference is None:
        return f"{value[:80]!r} does not name an uploaded file.", again
    if reference.key not in uow.uploads.use([reference.key], app.clock.now()):
        kept = f"those that no model uses are removed after {app.limits.upload_kept_s / 3600:g} hours"
        return f"There is no uploaded file {reference.name} with this content; {kept}.", again
    return None


@needs(Role.ADMINISTRATOR)
def remove_unused(app: Application) -> list[str]:
    """Remove files that came long ago and that no model uses; return their keys. Any number may do so.

    The content goes before the note of it is gone for others: who uploads the same file meanwhile waits.
    """
    since = app.clock.now() - timedelta(seconds=app.limits.upload_kept_s)
    with app.unit_of_work() as uow:
        old = [upload.key for upload in uow.uploads.list() if upload.used_at < since]
    removed = []
    for key in old:
        with app.unit_of_work(writing=True) as uow:
            if uow.uploads.forget_unused(key, since=since):
                app.artifacts.delete(key)
                removed.append(key)
                uow.commit()
    if removed:
        _logger.info("Unused uploads removed", extra={"keys": removed})
    return removed


def _accepted(app: Application, name: str, size_bytes: int) -> str:
    """Return the name to keep; `InvalidInput` if such a file is not taken."""
    chosen = safe_name(name)
    if not has_suffix(chosen):
        shown = chosen or "A file without a name"
        raise InvalidInput.of(FIELD, f"{shown} is not a safetensors file by its name.", CONVERT)
    most = app.limits.upload_bytes
    if size_bytes > most:
        message = f"{chosen} has {size_bytes:,} bytes; at most {most:,} can be uploaded."
        hint = "Put it on the worker and give its path, or raise CNC_UPLOAD_BYTES."
        raise InvalidInput.of(FIELD, message, hint)
    return chosen


def _write(part: IO[bytes], name: str, size_bytes: int, pieces: Iterable[bytes]) -> str:
    """Write the pieces and return the hash of all; `InvalidInput` if they are not as many bytes as said."""
    hashed, arrived = hashlib.sha256(), 0
    for piece in pieces:
        arrived += len(piece)
        if arrived > size_bytes:
            break
        hashed.update(piece)
        part.write(piece)
    if arrived != size_bytes:
        message = f"{name} did not arrive whole: {arrived:,} of {size_bytes:,} bytes came."
        raise InvalidInput.of(FIELD, message, "Upload it again.")
    part.flush()
    return hashed.hexdigest()


@contextmanager
def _part(folder: Path) -> Iterator[IO[bytes]]:
    """Give a file for what is on its way, and remove it afterwards, as those that killed processes left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.part"):
            with suppress(OSError):
                if left.stat().st_mtime < time.time() - _ABANDONED_S:
                    left.unlink()
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part") as part:
            yield part
    except OSError as error:
        message = f"The file cannot be stored in {folder}: {error.strerror or error}."
        raise Misconfigured(message, "Make room, or give the folder to the user that runs this.") from error
