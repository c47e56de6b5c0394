"""The file of a backup: a ZIP with tables as JSON lines, artifacts, and last a manifest with all hashes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import UnusableInput

FORMAT = 1
_MANIFEST = "manifest.json"
_PIECE = 1024 * 1024


class Table(BaseModel):
    """A table in a backup. sha256: of its lines."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(BaseModel):
    """What a backup contains. schema_version: of the database. artifacts: their sizes in bytes by key.

    missing: artifacts that the database needs but that were not there, or damaged.
    """

    model_config = ConfigDict(frozen=True)

    format: int
    schema_version: str
    made_at: str
    tables: Mapping[str, Table]
    artifacts: Mapping[str, int]
    missing: tuple[str, ...] = ()


@dataclass
class ArchiveWriter:
    """Writes a backup; `finish` makes it whole."""

    content: zipfile.ZipFile
    tables: dict[str, Table] = field(default_factory=dict)
    artifacts: dict[str, int] = field(default_factory=dict)

    def add_table(self, name: str, columns: tuple[str, ...], rows: Iterable[list[Any]]) -> int:
        """Add a table and return how many rows it has."""
        hashed, number = hashlib.sha256(), 0
        info = _entry(f"tables/{name}.jsonl", zipfile.ZIP_DEFLATED)
        with self.content.open(info, "w", force_zip64=True) as written:
            for row in rows:
                line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
                hashed.update(line)
                written.write(line)
                number += 1
        self.tables[name] = Table(columns=columns, rows=number, sha256=hashed.hexdigest())
        return number

    def add_artifact(self, key: str, source: Path) -> int:
        """Add the file of an artifact and return its size; files of weights hardly shrink, so as they are."""
        size = 0
        info = _entry(f"artifacts/{key}", zipfile.ZIP_STORED)
        with source.open("rb") as read, self.content.open(info, "w", force_zip64=True) as written:
            while piece := read.read(_PIECE):
                written.write(piece)
                size += len(piece)
        self.artifacts[key] = size
        return size

    def finish(self, schema_version: str, made_at: str, missing: Iterable[str]) -> Manifest:
        """Add the manifest."""
        manifest = Manifest(
            format=FORMAT,
            schema_version=schema_version,
            made_at=made_at,
            tables=self.tables,
            artifacts=self.artifacts,
            missing=tuple(missing),
        )
        self.content.writestr(_entry(_MANIFEST, zipfile.ZIP_DEFLATED), manifest.model_dump_json(indent=1))
        return manifest


class ArchiveReader:
    """Reads a backup whose tables have been compared with their hashes."""

    def __init__(self, content: zipfile.ZipFile) -> None:
        self._content = content
        self.manifest = _manifest(content)
        for name, table in self.manifest.tables.items():
            self._require_whole(name, table)

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Return the rows of a table."""
        with self._content.open(f"tables/{name}.jsonl") as lines:
            for line in lines:
                yield json.loads(line)

    def artifact(self, key: str) -> IO[bytes]:
        """Open the content of an artifact."""
        return self._content.open(f"artifacts/{key}")

    def _require_whole(self, name: str, table: Table) -> None:
        with self._content.open(f"tables/{name}.jsonl") as lines:
            if hashlib.file_digest(lines, "sha256").hexdigest() != table.sha256:  # type: ignore[arg-type]  # it reads
                raise UnusableInput(f"The table {name} of the backup was altered.", ANOTHER)


ANOTHER = "Use another copy of the backup; nothing was changed."


def _manifest(content: zipfile.ZipFile) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(content.read(_MANIFEST))
    except (KeyError, ValidationError) as error:
        raise UnusableInput("The file is not a backup of this product.", ANOTHER) from error
    if manifest.format > FORMAT:
        message = f"The backup has format {manifest.format}; this version reads up to {FORMAT}."
        raise UnusableInput(message, "Restore it with the version that made it, or a newer one.")
    return manifest


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = compression
    info.external_attr = 0o600 << 16
    return info
