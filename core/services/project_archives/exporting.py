"""Write a project as one archive, piece by piece, so that its size does not matter."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import IO, Any, cast

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import CallerKind, Role
from core.domain.ids import ModelId, ProjectId
from core.domain.project import Project
from core.errors import CorruptArtifact, Forbidden, InvalidInput, Misconfigured
from core.persistence.schema import latest_version
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.project_archives.archive import (
    FORMAT,
    KIND,
    MANIFEST,
    PIECE,
    ArchivedTable,
    ArchivedUpload,
    Manifest,
)
from core.services.workers.workers import catalogue

_PRODUCT = "compress-and-compare"


@dataclass(frozen=True)
class ArchiveSizes:
    """What parts of an archive take, in bytes.

    weights: by model, of those whose weights are there. uploads: uploaded files that models were made from,
    which come with all weights. rows: outcomes and layer statistics before they are compressed.
    """

    weights: Mapping[ModelId, int]
    uploads: int
    thumbnails: int
    rows: int

    def of(self, model_ids: Collection[ModelId] | None) -> int:
        """Return the size of an archive with the weights of these models, None: of all."""
        chosen = self.weights if model_ids is None else model_ids
        weights = sum(self.weights.get(each, 0) for each in chosen)
        return self.rows + self.thumbnails + weights + (self.uploads if model_ids is None else 0)


@dataclass(frozen=True)
class ArchiveParts:
    """What is to be written: tables in files of this machine, artifacts by their keys in the store.

    missing: keys of artifacts that turned out to be gone or damaged while they were written.
    """

    app: Application
    tables: Mapping[str, Path]
    artifacts: tuple[str, ...]
    weights: Mapping[ModelId, str]
    manifest: Manifest
    missing: list[str] = field(default_factory=list)

    @property
    def file_name(self) -> str:
        """What the file is called unless somebody chooses another name."""
        return f"{self.manifest.slug}-{self.manifest.made_at[:10]}.zip"

    def pieces(self) -> Iterator[bytes]:
        """Yield the archive from first to last byte; at its end, the manifest names what is missing."""
        outlet = _Outlet()
        sizes: dict[str, int] = {}
        with zipfile.ZipFile(cast("IO[bytes]", outlet), "w", allowZip64=True) as content:
            for name, file in self.tables.items():
                yield from _add(content, _entry(f"tables/{name}.jsonl", zipfile.ZIP_DEFLATED), file, outlet)
            for key in self.artifacts:
                try:
                    file = self.app.artifacts.fetch(key)
                except CorruptArtifact:
                    self.missing.append(key)
                    continue
                sizes[key] = file.stat().st_size
                yield from _add(content, _entry(f"artifacts/{key}", zipfile.ZIP_STORED), file, outlet)
            told = self._manifest(sizes).model_dump_json(indent=1)
            content.writestr(_entry(MANIFEST, zipfile.ZIP_DEFLATED), told)
        yield outlet.taken()

    def _manifest(self, sizes: Mapping[str, int]) -> Manifest:
        there = sum(key in sizes for key in self.weights.values())
        found = {"artifacts": sizes, "missing": tuple(self.missing), "weights": there}
        return self.manifest.model_copy(update=found)


@needs(Role.VIEWER)
def archive_sizes(app: Application, project: Project) -> ArchiveSizes:
    """Return what an archive of a project would take."""
    sizes = {one.key: one.size_bytes for one in app.artifacts.list()}
    with app.unit_of_work() as uow:
        weights = {
            model.id: sizes[model.artifact]
            for model in uow.models.list(project.id)
            if model.artifact in sizes
        }
        packs, uploads = uow.project_rows.artifacts(project.id)
        rows = uow.project_rows.array_bytes(project.id)
    return ArchiveSizes(
        weights,
        uploads=sum(sizes.get(key, 0) for key in uploads),
        thumbnails=sum(sizes.get(key, 0) for key in packs),
        rows=rows,
    )


@needs(Role.VIEWER)
@contextmanager
def project_archive(
    app: Application, project: Project, *, weights_of: Collection[ModelId] | None = ()
) -> Iterator[ArchiveParts]:
    """Give the parts of an archive of a project as it is now; their files go when the context ends.

    weights_of: models whose weights are to be in it; None: all of them, and uploaded files.

    Raises:
        Forbidden: the caller came with a share link.
        InvalidInput: at `weights_of`, a model that is not of this project or has no weights.
        Misconfigured: this machine's cache folder cannot be written.
    """
    if app.caller.kind is CallerKind.LINK:
        message = "A share link shows a project and gives no archive of it."
        raise Forbidden(message, "Sign in, or ask for an archive.")
    try:
        app.cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=app.cache_dir, prefix="archive-") as folder:
            yield _gather(app, project, weights_of, Path(folder))
    except OSError as error:
        message = f"The folder {app.cache_dir} cannot be written: {error.strerror or error}."
        raise Misconfigured(message, "Make room, or set CNC_DATA_DIR to another place.") from error


@needs(Role.VIEWER)
def _gather(
    app: Application, project: Project, weights_of: Collection[ModelId] | None, folder: Path
) -> ArchiveParts:
    named = {spec.name: spec.teacher for spec in catalogue(app).techniques if spec.teacher}
    with app.unit_of_work() as uow:
        found = uow.project_rows.read(project.id)
        models = {model.id: model for model in uow.models.list(project.id)}
        weights = _weights(uow, project.id, weights_of)
        packs, uploads = uow.project_rows.artifacts(project.id)
        files = {name: folder / f"{name}.jsonl" for name in found.columns}
        tables = {name: _write(files[name], found.columns[name], found.rows(name)) for name in files}
        kept = [each for each in uow.uploads.list() if weights_of is None and each.key in uploads]
    manifest = Manifest(
        kind=KIND,
        format=FORMAT,
        schema_version=latest_version(),
        version=metadata.version(_PRODUCT),
        made_at=app.clock.now().isoformat(),
        name=project.name,
        slug=project.slug,
        task=project.task,
        models=len(models),
        weights=0,
        tables=tables,
        artifacts={},
        techniques=tuple(sorted({one.step.technique for one in models.values() if one.step})),
        sources=tuple(sorted({one.source.name for one in models.values() if one.source})),
        uploads=tuple(ArchivedUpload(**_told(each)) for each in kept),
        model_parameters=named,
    )
    keys = dict.fromkeys([*sorted(packs), *sorted(one.key for one in kept), *sorted(weights.values())])
    _note(app, project, manifest, len(keys))
    return ArchiveParts(app, files, tuple(keys), weights, manifest)


def _told(upload: Any) -> dict[str, Any]:
    return {name: getattr(upload, name) for name in ("key", "name", "size_bytes", "tensors")}


def _weights(
    uow: UnitOfWork, project_id: ProjectId, wanted: Collection[ModelId] | None
) -> dict[ModelId, str]:
    there = {one.id: one.artifact for one in uow.models.list(project_id) if one.artifact is not None}
    if wanted is None:
        return there
    strange = [int(each) for each in wanted if each not in there]
    if strange:
        message = f"The model {strange[0]} is not of this project, or has no weights."
        raise InvalidInput.of("weights_of", message, "Choose models that have been made.")
    return {each: there[each] for each in wanted}


def _write(file: Path, columns: tuple[str, ...], rows: Iterable[list[Any]]) -> ArchivedTable:
    hashed, number = hashlib.sha256(), 0
    with file.open("wb") as written:
        for row in rows:
            line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
            hashed.update(line)
            written.write(line)
            number += 1
    return ArchivedTable(columns=columns, rows=number, sha256=hashed.hexdigest())


def _note(app: Application, project: Project, manifest: Manifest, artifacts: int) -> None:
    with app.unit_of_work(writing=True) as uow:
        told = f"{project.name}: {manifest.models:,} models, {artifacts:,} files"
        note(uow, app, Action.EXPORTED, Subject("project", (int(project.id),), told, project.id))
        uow.commit()


def _add(content: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path, outlet: _Outlet) -> Iterator[bytes]:
    with file.open("rb") as read, content.open(entry, "w", force_zip64=True) as written:
        while piece := read.read(PIECE):
            written.write(piece)
            yield outlet.taken()
    yield outlet.taken()


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry


class _Outlet:
    """Takes what is written to it, until somebody takes that away; cannot go back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, content: bytes) -> int:
        """Take bytes."""
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Do nothing."""

    def taken(self) -> bytes:
        """Return what came since the last time."""
        found = bytes(self._written)
        self._written.clear()
        return found
