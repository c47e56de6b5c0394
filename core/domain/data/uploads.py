"""Files that people uploaded, as parameters name them: `uploaded:<SHA-256 of the content>/<name>`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

UPLOADED = "uploaded:"
SUFFIXES = (".safetensors", ".onnx")

_WRITTEN = re.compile(rf"{UPLOADED}([0-9a-f]{{64}})/([^/]+)")
_LONGEST_NAME_BYTES = 150


@dataclass(frozen=True)
class UploadReference:
    """What a parameter says instead of a path: which content, and what its file was called."""

    key: str
    name: str

    def __str__(self) -> str:
        """Return the text that stands in parameters, recipes and commands."""
        return f"{UPLOADED}{self.key}/{self.name}"


@dataclass(frozen=True)
class Upload:
    """A file that was uploaded. used_at: when it last came in, or a model was queued with it."""

    key: str
    name: str
    size_bytes: int
    tensors: int
    used_at: datetime

    @property
    def reference(self) -> UploadReference:
        """Return what parameters call it."""
        return UploadReference(self.key, self.name)


def names_upload(value: object) -> bool:
    """Return whether a value means an uploaded file, rightly written or not."""
    return isinstance(value, str) and value.startswith(UPLOADED)


def read_reference(text: str) -> UploadReference | None:
    """Return the reference that a text is, None if it is not one: people write them by hand, too."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not has_suffix(found[2]) or safe_name(found[2]) != found[2]:
        return None
    return UploadReference(found[1], found[2])


def has_suffix(name: str) -> bool:
    """Return whether a file is named as uploads are."""
    return any(name.lower().endswith(end) and len(name) > len(end) for end in SUFFIXES)


def by_content(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in which uploads go by their content alone: equal files make the same model."""
    found = {name: read_reference(value) for name, value in parameters.items() if names_upload(value)}
    keys = {name: f"{UPLOADED}{reference.key}" for name, reference in found.items() if reference}
    return {**parameters, **keys}


def safe_name(name: str) -> str:
    """Return the last part of a path in signs that are harmless in paths, pages and messages."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub("\0+", "_", "".join(sign if _is_harmless(sign) else "\0" for sign in last)).lstrip(".")
    stem, dot, suffix = plain.rpartition(".")
    while len(plain.encode()) > _LONGEST_NAME_BYTES and stem:
        stem = stem[:-1]
        plain = f"{stem}{dot}{suffix}"
    return plain


def _is_harmless(sign: str) -> bool:
    """Return whether a sign is a letter or digit, part of one as vowels of Hindi are, or one of a few."""
    return sign.isalnum() or sign in "_.+-" or unicodedata.category(sign).startswith("M")
