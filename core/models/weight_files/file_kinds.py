"""What a weight file is, by its first bytes: names lie, and libraries say little of files that are none."""

from __future__ import annotations

import zipfile
from enum import Enum
from pathlib import Path

from core.errors import UnusableInput

_ZIP, _PICKLE, _POINTER = b"PK\x03\x04", b"\x80", b"version https://git-lfs"
_HEADER_LENGTH = 8  # bytes that say how long the header of a safetensors file is
_COPY = "Copy it again; it may have been cut off on the way."


class FileKind(Enum):
    """A format of weight files."""

    SAFETENSORS = "safetensors"
    ZIPPED = "PyTorch, an archive"
    PICKLED = "PyTorch before 1.6"


def kind_of(path: Path) -> FileKind:
    """Return the format of a file.

    Raises:
        UnusableInput: it is empty, or none of the formats.
    """
    with path.open("rb") as file:
        start = file.read(len(_POINTER))
    if not start:
        raise UnusableInput(f"The weight file {path.name} is empty.", _COPY)
    if start.startswith(_POINTER):
        raise UnusableInput(
            f"{path.name} only points to a file in Git LFS.", "Fetch the file itself with git lfs pull."
        )
    if path.suffix == ".safetensors" or start[_HEADER_LENGTH : _HEADER_LENGTH + 1] == b"{":
        return FileKind.SAFETENSORS
    if start.startswith(_ZIP):
        return FileKind.ZIPPED
    if start.startswith(_PICKLE):
        return FileKind.PICKLED
    raise UnusableInput(
        f"{path.name} is neither a PyTorch nor a safetensors file.",
        "Save the model as safetensors, or with torch.save(model.state_dict(), path).",
    )


def require_complete(path: Path, kind: FileKind) -> None:
    """Raise `UnusableInput` if the file is visibly cut off, or is an archive of something else."""
    size = path.stat().st_size
    if kind is FileKind.SAFETENSORS:
        with path.open("rb") as file:
            header = int.from_bytes(file.read(_HEADER_LENGTH), "little")
            starts = file.read(1)
        if starts != b"{":
            raise UnusableInput(f"{path.name} is not a safetensors file.", "Save the model as safetensors.")
        if header + _HEADER_LENGTH > size:
            raise UnusableInput(f"{path.name} is cut off.", _COPY)
    elif kind is FileKind.ZIPPED:
        if not zipfile.is_zipfile(path):
            raise UnusableInput(f"{path.name} is cut off or damaged.", _COPY)
        with zipfile.ZipFile(path) as archive:
            if not any(name.endswith("data.pkl") for name in archive.namelist()):
                raise UnusableInput(
                    f"{path.name} is an archive, but not one that PyTorch wrote.",
                    "Give the weight file itself, unpacked.",
                )
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > size:  # PyTorch compresses nothing
            raise UnusableInput(
                f"{path.name} has {size:,} bytes but would unpack to {unpacked:,}.",
                "Save it anew with torch.save, which compresses nothing, or as safetensors.",
            )
