"""Archives that come in from a browser: kept on this machine until they are imported, or for a day."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.domain.access.caller import Role
from core.errors import InvalidInput, Misconfigured, NotFound
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application

_TOKEN = re.compile(r"[0-9a-f]{32}")
_KEPT_S = 86_400.0


@needs(Role.EDITOR)
def receive_archive(app: Application, size_bytes: int, pieces: Iterable[bytes]) -> str:
    """Keep a file that comes in pieces, and return the token that finds it; nothing of one that is not whole.

    Raises:
        InvalidInput: it is too large, or did not arrive whole.
        Misconfigured: it cannot be written.
    """
    require_all_projects(app)
    most = app.limits.upload_bytes
    if size_bytes > most:
        message = f"The archive has {size_bytes:,} bytes; at most {most:,} can be uploaded."
        raise InvalidInput.of("file", message, "Import it with: compress-compare projects import.")
    token = secrets.token_hex(16)
    target = _folder(app) / f"{token}.zip"
    part, arrived = target.with_suffix(".part"), 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_old(target.parent)
        with part.open("wb") as written:
            for piece in pieces:
                arrived += len(piece)
                if arrived > size_bytes:
                    break
                written.write(piece)
        if arrived != size_bytes:
            message = f"The archive did not arrive whole: {arrived:,} of {size_bytes:,} bytes came."
            raise InvalidInput.of("file", message, "Upload it again.")
        part.replace(target)
    except OSError as error:
        message = f"The archive cannot be stored in {target.parent}: {error.strerror or error}."
        raise Misconfigured(message, "Make room, or give the folder to the user that runs this.") from error
    finally:
        part.unlink(missing_ok=True)
    return token


@needs(Role.EDITOR)
def received_archive(app: Application, token: str) -> Path:
    """Return the file of a token; `NotFound` where it is no longer there, or on another machine."""
    file = _folder(app) / f"{token}.zip"
    if not _TOKEN.fullmatch(token) or not file.is_file():
        raise NotFound("The uploaded archive is no longer there.", "Upload it again.")
    return file


@needs(Role.EDITOR)
def forget_archive(app: Application, token: str) -> None:
    """Remove a file that was imported."""
    with suppress(NotFound, OSError):
        received_archive(app, token).unlink()


def _folder(app: Application) -> Path:
    return app.cache_dir / "archives"


def _remove_old(folder: Path) -> None:
    for left in folder.iterdir():
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - _KEPT_S:
                left.unlink()
