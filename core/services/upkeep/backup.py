"""Write the database and all artifacts into one file, and bring them back from it."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.domain.access.audit import Action, AuditEvent, AuditQuery, Subject
from core.domain.access.caller import Role
from core.errors import Conflict, CorruptArtifact, Misconfigured, NotFound, UnusableInput
from core.persistence.schema import present_version, require_current
from core.persistence.transfer import load, require_empty, snapshot
from core.presentation.counts import counted
from core.presentation.lists import listed
from core.presentation.sizes import file_size
from core.services.access.audit import note
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application
from core.services.upkeep.archive import ANOTHER, ArchiveReader, ArchiveWriter
from core.services.workers.workers import live_workers

Tell = Callable[[str], object]
_SAYS_EVERY = 256 * 1024 * 1024
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class BackupReport:
    """What was written or read. missing: keys of artifacts that were not there when the backup was made."""

    file: Path
    rows: int
    artifacts: int
    artifact_bytes: int
    missing: tuple[str, ...]

    def in_words(self) -> str:
        """Return it in a sentence."""
        files = f"{counted(self.artifacts, 'artifact')} ({file_size(self.artifact_bytes)})"
        return f"{counted(self.rows, 'row')} and {files}"


@needs(Role.ADMINISTRATOR)
def back_up(app: Application, file: Path, tell: Tell = lambda _: None) -> BackupReport:
    """Write a backup, which can go on while the product works; the file appears when it is whole.

    Raises:
        Conflict: the file is there already.
        Misconfigured: the database is not of this version, or the file cannot be written.
    """
    require_all_projects(app)
    require_current(app.unit_of_work.engine)
    if file.exists():
        raise Conflict(f"{file} is there already.", "Choose another name, or remove it.")
    made_at = app.clock.now()
    with _appearing(file) as part, zipfile.ZipFile(part, "w", allowZip64=True) as content:
        writer = ArchiveWriter(content)
        with snapshot(app.unit_of_work.engine) as found:
            for name, columns in found.columns.items():
                number = writer.add_table(name, columns, found.rows(name))
                tell(f"{name}: {counted(number, 'row')}")
            needed, mentioned = found.references.needed(), found.references.all()
            version = found.version
        missing = _add_artifacts(app, writer, needed, mentioned - needed, tell)
        writer.finish(version, made_at.isoformat(), missing)
    rows = sum(table.rows for table in writer.tables.values())
    size = sum(writer.artifacts.values())
    report = BackupReport(file, rows, len(writer.artifacts), size, tuple(missing))
    with app.unit_of_work(writing=True) as uow:
        told = f"{file.name}: {report.in_words()}"
        note(uow, app, Action.BACKED_UP, Subject("installation", told=told))
        uow.commit()
    return report


def last_backup(app: Application) -> AuditEvent | None:
    """Return the audit entry of the latest backup made with `back_up`."""
    with app.unit_of_work() as uow:
        return next(iter(uow.audit.list(AuditQuery(action=Action.BACKED_UP, limit=1))), None)


@needs(Role.ADMINISTRATOR)
def restore(
    app: Application, file: Path, *, replace: bool = False, tell: Tell = lambda _: None
) -> BackupReport:
    """Bring back what a backup holds: artifacts first, then the whole database in one transaction.

    Whatever fails, the database stays as it was; artifacts that were copied by then harm nothing.

    Raises:
        Conflict: the installation is not empty and is not to be replaced, or a worker is connected.
        UnusableInput: the file is no backup, or was cut or altered.
    """
    require_all_projects(app)
    engine = app.unit_of_work.engine
    if not replace:
        require_empty(engine)
    elif present_version(engine) is not None:
        _require_nobody_works(app)
    with _opened(file) as reader:
        manifest = reader.manifest
        for number, key in enumerate(manifest.artifacts, 1):
            _bring_back(app, reader, key)
            if number % 100 == 0 or number == len(manifest.artifacts):
                tell(f"artifacts: {number:,} of {len(manifest.artifacts):,}")
        columns = {name: table.columns for name, table in manifest.tables.items()}
        load(engine, manifest.schema_version, columns, reader.rows, replace=replace)
    rows = sum(table.rows for table in manifest.tables.values())
    size = sum(manifest.artifacts.values())
    report = BackupReport(file, rows, len(manifest.artifacts), size, manifest.missing)
    with app.unit_of_work(writing=True) as uow:
        told = f"from {file.name} of {manifest.made_at[:16]}"
        note(uow, app, Action.RESTORED, Subject("installation", told=told))
        uow.commit()
    return report


def _add_artifacts(
    app: Application, writer: ArchiveWriter, needed: set[str], mentioned: set[str], tell: Tell
) -> list[str]:
    """Add what the database names; return which of those that it needs are missing or damaged."""
    missing: list[str] = []
    done = said = 0
    keys = sorted(needed) + sorted(mentioned)
    for number, key in enumerate(keys, 1):
        try:
            done += writer.add_artifact(key, app.artifacts.fetch(key))
        except CorruptArtifact as error:
            if key in needed:
                missing.append(key)
                tell(f"artifact {key[:12]}: {error.message}")
        if done - said > _SAYS_EVERY or number == len(keys):
            said = done
            tell(f"artifacts: {number:,} of {len(keys):,}, {file_size(done)}")
    return missing


def _bring_back(app: Application, reader: ArchiveReader, key: str) -> None:
    hashed = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=_folder(app)) as folder:
        local = Path(folder) / "content"
        with reader.artifact(key) as read, local.open("wb") as written:
            while piece := read.read(_PIECE):
                hashed.update(piece)
                written.write(piece)
        if hashed.hexdigest() != key:
            raise UnusableInput(f"The artifact {key[:12]} of the backup was altered.", ANOTHER)
        app.artifacts.put(local)


def _folder(app: Application) -> Path:
    try:
        app.cache_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {app.cache_dir} cannot be made: {error.strerror or error}."
        raise Misconfigured(message, "Set CNC_DATA_DIR to another place.") from error
    return app.cache_dir


def _require_nobody_works(app: Application) -> None:
    require_current(app.unit_of_work.engine)
    with app.unit_of_work() as uow:
        live = live_workers(uow, app)
    if live:
        names = listed(worker.id for worker in live)
        raise Conflict(f"Workers are connected: {names}.", "Stop dashboard and workers, then restore.")


@contextmanager
def _opened(file: Path) -> Iterator[ArchiveReader]:
    try:
        with zipfile.ZipFile(file) as content:
            yield ArchiveReader(content)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {file}.") from error
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise UnusableInput(f"{file} is not a whole backup: it was cut or altered.", ANOTHER) from error


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """Give a file beside, which gets the name when it is written and on the disk; nobody else can read it."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.touch(0o600)
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror or error}."
        raise Misconfigured(message, "Make room, or choose another place.") from error
    finally:
        part.unlink(missing_ok=True)
