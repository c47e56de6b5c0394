"""Choose the artifact store that a URL stands for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import fsspec

from core.artifacts.folder import FolderArtifacts
from core.artifacts.remote import RemoteArtifacts
from core.errors import Misconfigured
from core.ports import ArtifactStore


def open_artifacts(url: str, *, cache_dir: Path) -> ArtifactStore:
    """Return the store at a folder, a `file://` URL, or any URL that fsspec knows (`s3://bucket/path`).

    Raises:
        Misconfigured: the kind of URL is unknown, or the package it needs is not installed.
    """
    scheme = url.split("://", 1)[0] if "://" in url else ""
    if scheme in {"", "file", "local"}:
        return FolderArtifacts(Path(unquote(urlsplit(url).path)) if scheme else Path(url))
    try:
        filesystem, root = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        message = f"Artifacts cannot be kept at {scheme}://...: {error}"
        hint = "Install the package that fsspec asks for, or set CNC_ARTIFACTS_URL to a folder."
        raise Misconfigured(message, hint) from error
    return RemoteArtifacts(filesystem, root, FolderArtifacts(cache_dir))
