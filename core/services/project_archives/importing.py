"""Bring a project in from an archive: artifacts first, then all its rows in one transaction."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.catalogue import SourceSpec
from core.domain.data.uploads import Upload
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.project import Project
from core.domain.text import text_problems
from core.errors import (
    CorruptArtifact,
    Forbidden,
    InvalidInput,
    Misconfigured,
    NotFound,
    Problem,
    UnusableInput,
)
from core.persistence.figures import refresh_all
from core.persistence.project_rows.repository import ProjectTables
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import counted
from core.presentation.lists import listed
from core.presentation.sizes import file_size
from core.services.access.audit import note
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application
from core.services.data_setup.file_checks import outside_problems
from core.services.imports.studies import TASK
from core.services.project_archives.archive import ANOTHER, PIECE, ArchiveReader, Manifest
from core.services.projects.projects import free_slug
from core.services.workers.workers import catalogue

_KEY = re.compile(r"[0-9a-f]{64}")
_NOT_OFFERED = frozenset({TASK, "logged"})
"""Tasks and sources of models that were made elsewhere; no worker offers them."""


@dataclass(frozen=True)
class ArchiveSummary:
    """What an archive holds, before it is imported.

    taken: whether there is a project of its name. lacking: tasks, techniques and sources that no worker
        offers.
    """

    manifest: Manifest
    taken: bool
    lacking: tuple[str, ...]

    @property
    def artifact_bytes(self) -> int:
        """Size of its files."""
        return sum(self.manifest.artifacts.values())

    @property
    def in_words(self) -> tuple[str, ...]:
        """Return sentences for people."""
        told = self.manifest
        holds = f"{counted(told.models, 'model')}, the weights of {told.weights:,}"
        said = [f"{told.name}: {holds}, {file_size(self.artifact_bytes)} of files; made {told.made_at[:10]}."]
        if told.missing:
            said.append(f"{counted(len(told.missing), 'file')} could not be read when the archive was made.")
        if self.lacking:
            said.append(
                f"No worker here offers {listed(self.lacking)}: what was made with it can be looked at and "
                "compared, but not made again, until a plug-in brings it."
            )
        return tuple(said)


@dataclass(frozen=True)
class ImportedProject:
    """What an import made. models: new ids by the ids in the archive. without_weights: how many have none."""

    project: Project
    models: dict[int, ModelId]
    artifacts: int
    artifact_bytes: int
    without_weights: int
    summary: ArchiveSummary


@needs(Role.EDITOR)
def look_at_archive(app: Application, file: Path) -> ArchiveSummary:
    """Return what an archive holds, after its tables were compared with their hashes.

    Raises:
        NotFound: there is no such file.
        UnusableInput: it is no archive of a project, is from a newer version, or was cut or altered.
    """
    with opened(file) as reader:
        return _summary(app, reader.manifest)


@needs(Role.EDITOR)
def import_archive(
    app: Application, file: Path, *, name: str = "", tell: Callable[[str], object] = lambda _: None
) -> ImportedProject:
    """Make a project of an archive: all of it, or nothing. Artifacts that nothing refers to are cleaned up.

    name: of the project; empty for that in the archive.

    Raises:
        NotFound: there is no such file.
        UnusableInput: it is no archive of a project, is from a newer version, or was cut or altered.
        InvalidInput: at `name`, the name is unusable or taken.
    """
    require_all_projects(app)
    with opened(file) as reader:
        manifest = reader.manifest
        chosen = (name or manifest.name).strip()
        with app.unit_of_work() as uow:  # before the artifacts, which may take long
            _free(uow, chosen)
        for number, key in enumerate(manifest.artifacts, 1):
            _bring_in(app, reader, key)
            if number % 100 == 0 or number == len(manifest.artifacts):
                tell(f"files: {number:,} of {len(manifest.artifacts):,}")
        columns = {each: table.columns for each, table in manifest.tables.items()}
        tables = ProjectTables(columns, reader.rows, manifest.model_parameters)
        with app.unit_of_work(writing=True) as uow:
            project_id, known = uow.project_rows.insert(tables, name=chosen, slug=_free(uow, chosen))
            uow.projects.touch(project_id)
            refresh_all(uow, project_id)
            for upload in manifest.uploads:
                if upload.key in manifest.artifacts:
                    uow.uploads.keep(Upload(**upload.model_dump(), used_at=app.clock.now()))
            project = uow.projects.find(int(project_id))
            if project is None:
                raise UnusableInput("The archive does not hold a project.", ANOTHER)
            _require_allowed(app, project, uow.models.list(project_id))
            bare = sum(not _there(app, manifest, one) for one in uow.models.list(project_id))
            told = f"{project.name}, imported from {file.name} with {manifest.models:,} models"
            note(uow, app, Action.CREATED, Subject("project", (int(project.id),), told, project.id))
            uow.commit()
    models = {old: ModelId(new) for old, new in known.ids["models"].items()}
    sizes = manifest.artifacts
    summary = replace(_summary(app, manifest), taken=False)
    return ImportedProject(project, models, len(sizes), sum(sizes.values()), bare, summary)


@contextmanager
def opened(file: Path) -> Iterator[ArchiveReader]:
    """Give the reader of an archive; faults of the file become `UnusableInput`."""
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    try:
        with zipfile.ZipFile(file) as content:
            yield ArchiveReader(content)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnusableInput(f"{file.name} is not a whole archive: it was cut or altered.", ANOTHER) from error
    except PermissionError as error:
        raise UnusableInput(f"{file} cannot be read: {error.strerror}.", "Give this user access.") from error


def _require_allowed(app: Application, project: Project, models: Sequence[Model]) -> None:
    """Raise `Forbidden` where an archive names files that people may not name here: runs would read them."""
    allowed, offered = app.limits.allowed_folders, catalogue(app)
    specs = {spec.name: spec for spec in (*offered.data_sources, *offered.model_sources)}
    named = [(one.source, one.parameters) for one in project.datasets]
    named += [(one.source.name, one.source.parameters) for one in models if one.source is not None]
    for name, parameters in named:
        spec = specs.get(name, SourceSpec(name, name, ""))
        problems = outside_problems(spec, parameters, allowed, field="parameters")
        if allowed is not None and name not in specs:
            paths = (value for value in parameters.values() if str(value).startswith(("/", "~")))
            problems += [
                Problem("", f"{value} may be outside the folders that are allowed.") for value in paths
            ]
        if problems:
            hint = "Ask an administrator to import it with: compress-compare projects import."
            raise Forbidden(problems[0].message, hint)


def _there(app: Application, manifest: Manifest, model: Model) -> bool:
    """Return whether a model's weights are there, from the archive or from before."""
    key = model.artifact
    if key is None or key in manifest.artifacts:
        return key is not None
    try:
        return bool(_KEY.fullmatch(key)) and app.artifacts.fetch(key).exists()
    except CorruptArtifact:
        return False


def _summary(app: Application, manifest: Manifest) -> ArchiveSummary:
    offered = catalogue(app)
    lacking = [
        *({manifest.task} - {spec.name for spec in offered.tasks} - _NOT_OFFERED),
        *(set(manifest.techniques) - {spec.name for spec in offered.techniques}),
        *(set(manifest.sources) - {spec.name for spec in offered.model_sources} - _NOT_OFFERED),
    ]
    with app.unit_of_work() as uow:
        taken = free_slug(manifest.name, uow.projects.slugs()) in uow.projects.slugs()
    imported = manifest.task == TASK
    return ArchiveSummary(manifest, taken, () if imported else tuple(sorted(lacking)))


def _free(uow: UnitOfWork, name: str) -> str:
    """Return the short name of a new project; `InvalidInput` if it is taken or unusable."""
    taken = uow.projects.slugs()
    slug = free_slug(name, taken)
    problems = text_problems("name", name, most=100, required=True)
    if slug in taken:
        message = f"There is a project with the short name {slug!r} already."
        problems.append(Problem("name", message, "Choose another name for the one that is imported."))
    if problems:
        raise InvalidInput(problems)
    return slug


def _bring_in(app: Application, reader: ArchiveReader, key: str) -> None:
    hashed = hashlib.sha256()
    try:
        app.cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=app.cache_dir) as folder:
            local = Path(folder) / "content"
            with reader.artifact(key) as read, local.open("wb") as written:
                while piece := read.read(PIECE):
                    hashed.update(piece)
                    written.write(piece)
            if hashed.hexdigest() != key:
                raise UnusableInput(f"The artifact {key[:12]} of the archive was altered.", ANOTHER)
            app.artifacts.put(local)
    except OSError as error:
        message = f"The folder {app.cache_dir} cannot be written: {error.strerror or error}."
        raise Misconfigured(message, "Make room, or set CNC_DATA_DIR to another place.") from error
