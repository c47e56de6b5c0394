"""The file of a project: a ZIP with tables as JSON lines, artifacts as they are, and last a manifest.

Nothing of it is unpacked by name, and no more is read than its manifest and the limits here allow.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import UnusableInput
from core.persistence.schema import latest_version

KIND = "compress-and-compare project"
FORMAT = 1
MANIFEST = "manifest.json"
ANOTHER = "Use another copy of the archive; nothing was imported."
PIECE = 1024 * 1024
_NEWER = "Import it with the version that made it, or a newer one."
_MOST_ENTRIES = 100_000
_MOST_MANIFEST = 64 * 1024**2
_MOST_LINE = 4 * 1024**3
_MOST_RATIO = 200
"""How much larger lines may be than their compressed form; those of real projects are 3 to 30 times."""
_UNCHECKED = 64 * 1024**2
"""Bytes of a table up to which its ratio does not matter: empty columns shrink a lot."""
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENTRY = re.compile(r"manifest\.json|tables/[a-z_]{1,60}\.jsonl|artifacts/[0-9a-f]{64}")


class ArchivedTable(BaseModel):
    """A table. sha256: of its lines."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[str, ...]
    rows: int
    sha256: str


class ArchivedUpload(BaseModel):
    """A file that somebody uploaded and a model of the project names."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    size_bytes: int
    tensors: int


class Manifest(BaseModel):
    """What an archive contains.

    schema_version: of the database it came from. version: of the product. made_at: when, in ISO 8601.
    models, weights: how many there are, and of how many the weights are in the archive.
    artifacts: sizes in bytes by key, which is the SHA-256 of the content. missing: keys of those that were
        chosen, but gone or damaged where it was made.
    techniques, sources, task: names that the project uses; a plug-in may have to provide them.
    model_parameters: by technique, the parameter that may name a model by its id.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    format: int
    schema_version: str
    version: str
    made_at: str
    name: str
    slug: str
    task: str
    models: int
    weights: int
    tables: Mapping[str, ArchivedTable]
    artifacts: Mapping[str, int]
    missing: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    uploads: tuple[ArchivedUpload, ...] = ()
    model_parameters: Mapping[str, str] = Field(default_factory=dict)


class ArchiveReader:
    """Reads an archive of a project; tables are compared with their hashes when it is opened."""

    def __init__(self, content: zipfile.ZipFile) -> None:
        self._content = content
        self._entries = _entries(content)
        self.manifest = self._manifest()
        for name, table in self.manifest.tables.items():
            self._require_whole(name, table)
        for key in self.manifest.artifacts:
            self._require_stored(key)

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Return the rows of a table."""
        with self._content.open(self._entry(f"tables/{name}.jsonl")) as lines:
            while line := lines.readline(_MOST_LINE):
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise UnusableInput(f"A row of {name} in the archive cannot be read.", ANOTHER) from error
                yield row

    def artifact(self, key: str) -> IO[bytes]:
        """Open the content of an artifact."""
        return self._content.open(self._entry(f"artifacts/{key}"))

    def _manifest(self) -> Manifest:
        """Return what the archive says of itself; its format first, for what follows depends on it."""
        entry = self._entries.get(MANIFEST)
        if entry is None or entry.file_size > _MOST_MANIFEST:
            raise UnusableInput("The file is not an archive of a project, or it was cut.", ANOTHER)
        try:
            told = json.loads(self._content.read(entry))
            kind, number = told["kind"], int(told["format"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UnusableInput("The file is not an archive of a project.", ANOTHER) from error
        if kind != KIND:
            raise UnusableInput("The file is not an archive of a project.", ANOTHER)
        if number > FORMAT:
            message = f"The archive has format {number}; this version reads up to {FORMAT}."
            raise UnusableInput(message, _NEWER)
        try:
            manifest = Manifest.model_validate(told)
        except ValidationError as error:
            raise UnusableInput("The manifest of the archive cannot be read.", ANOTHER) from error
        if manifest.schema_version > latest_version():
            present = f"schema {manifest.schema_version}; this version reads up to {latest_version()}"
            raise UnusableInput(f"The archive has {present}.", _NEWER)
        return manifest

    def _require_whole(self, name: str, table: ArchivedTable) -> None:
        entry = self._entry(f"tables/{name}.jsonl")
        if entry.file_size > max(_UNCHECKED, _MOST_RATIO * entry.compress_size):
            ratio = f"{entry.compress_size:,} bytes would become {entry.file_size:,}"
            raise UnusableInput(f"The table {name} of the archive is suspicious: {ratio}.", ANOTHER)
        hashed = hashlib.sha256()
        with self._content.open(entry) as lines:
            while piece := lines.read(PIECE):
                hashed.update(piece)
        if hashed.hexdigest() != table.sha256:
            raise UnusableInput(f"The table {name} of the archive was altered.", ANOTHER)

    def _require_stored(self, key: str) -> None:
        entry = self._entry(f"artifacts/{key}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != self.manifest.artifacts[key]:
            raise UnusableInput(f"The artifact {key[:12]} of the archive was altered.", ANOTHER)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            raise UnusableInput(f"The archive lacks {name}.", ANOTHER)
        return self._entries[name]


def _entries(content: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    """Return what is in the file; other names than an export writes are refused, e.g. `../x`."""
    listed = content.infolist()
    if len(listed) > _MOST_ENTRIES:
        raise UnusableInput(
            f"The file has {len(listed):,} entries; at most {_MOST_ENTRIES:,} are read.", ANOTHER
        )
    strange = next((each.filename for each in listed if not _ENTRY.fullmatch(each.filename)), None)
    odd = next(
        (each.filename for each in listed if each.flag_bits & 1 or each.compress_type not in _READ), None
    )
    if odd is not None:
        raise UnusableInput(f"{odd} in the archive is encrypted, or compressed in another way.", ANOTHER)
    if strange is not None:
        raise UnusableInput(f"The file is not an archive of a project: it holds {strange[:80]!r}.", ANOTHER)
    return {each.filename: each for each in listed}
