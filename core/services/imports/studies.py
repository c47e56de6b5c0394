"""Import a study that another tool made: a project whose models have figures but no weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model, Source
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.domain.recipe import base_identity, model_identity
from core.domain.studies.origins import origins
from core.domain.studies.reading import LARGEST_BYTES, read_study
from core.domain.studies.study import Study, StudyModel
from core.domain.text import text_problems
from core.errors import InvalidInput, Problem
from core.persistence.figures import refresh_all
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application
from core.services.projects.projects import free_slug

TASK = "imported-study"
"""Task of projects that were imported; no worker offers it, for there is nothing to evaluate."""

_MOST_DESCRIPTION = 10_000


@dataclass(frozen=True)
class Imported:
    """What an import made. `oddities` are sentences about the file; the project's description keeps them."""

    project: Project
    model_ids: tuple[ModelId, ...]
    oddities: tuple[str, ...]


@needs(Role.EDITOR)
def import_file(app: Application, path: Path, *, name: str = "") -> Imported:
    """Read a study from a file and import it; its project is named after the file unless `name` is given.

    Raises:
        InvalidInput: the file cannot be read, or anything `import_study` refuses.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        message = f"The file {path} cannot be read: {error.strerror or error}."
        raise InvalidInput.of("file", message, "Give the path of a models.json or a CSV file.") from error
    if size > LARGEST_BYTES:
        message = f"The file {path} has {size:,} bytes; at most {LARGEST_BYTES:,} can be read."
        raise InvalidInput.of("file", message, "Split it into several studies.")
    study = read_study(content, path.name)
    return import_study(app, study, name=name or name_of(path.name), origin=path.name)


@needs(Role.EDITOR)
def import_study(
    app: Application, study: Study, *, name: str, origin: str = "", description: str = ""
) -> Imported:
    """Make a project of a study: all of it in one transaction, or nothing.

    Args:
        app: the application.
        study: what was read; ids become names, tags become tags.
        name: name of the project.
        origin: where the study came from, for the project's description.
        description: the project's description, in place of one made from origin and oddities.

    Raises:
        InvalidInput: the name is unusable or taken.
    """
    require_all_projects(app)
    problems = text_problems("name", name, most=100, required=True)
    with app.unit_of_work(writing=True) as uow:
        taken = uow.projects.slugs()
        slug = free_slug(name, taken)
        if slug in taken:
            message = f"There is a project with the short name {slug!r} already."
            problems.append(Problem("name", message, "Choose another name."))
        if problems:
            raise InvalidInput(problems)
        made = _project(app, study, (name, slug), origin)
        project = uow.projects.add(replace(made, description=description) if description else made)
        model_ids = _add_models(uow, app, study, project.id)
        uow.projects.touch(project.id)
        refresh_all(uow, project.id)
        told = f"{project.name}, imported with {len(model_ids):,} models"
        note(uow, app, Action.CREATED, Subject("project", (int(project.id),), told, project.id))
        uow.commit()
    return Imported(project, model_ids, study.oddities)


def name_of(file_name: str) -> str:
    """Return a project's name from that of a file: `celeba_models.json` gives `celeba`."""
    words = re.split(r"[\s_]+", file_name.rpartition(".")[0] or file_name)
    kept = [word for word in words if word.lower() != "models"] or words
    return " ".join(kept)[:100].strip() or "Imported study"


def _project(app: Application, study: Study, named: tuple[str, str], origin: str) -> Project:
    name, slug = named
    came = f"Imported from {origin}" if origin else "Imported"
    lines = [f"{came}: {len(study.models)} models with figures, without weights."]
    lines += [f"- {oddity}" for oddity in study.oddities]
    return Project(
        id=ProjectId(0),
        slug=slug,
        name=name.strip(),
        task=TASK,
        created_at=app.clock.now(),
        description="\n".join(lines)[:_MOST_DESCRIPTION],
        metrics=study.metrics,
        primary=study.primary,
    )


def _add_models(
    uow: UnitOfWork, app: Application, study: Study, project_id: ProjectId
) -> tuple[ModelId, ...]:
    """Insert the models generation by generation; return their ids in the order of the study."""
    now = app.clock.now()
    ids: dict[str, ModelId] = {}
    identities = dict(_identities(study.models, project_id))
    origin = origins(study.models)
    for generation in _generations(study.models):
        rows = [
            Model(
                id=ModelId(0),
                project_id=project_id,
                name=model.name or model.id,
                identity=identities[model.id],
                status=RunStatus.SUCCEEDED,
                created_at=now,
                parent_id=ids[model.parent] if model.parent is not None else None,
                step=model.step,
                origin=origin[model.id],
                source=None if model.step else Source(TASK, {"id": model.id}),
                metrics=model.metrics,
                author=app.caller.name,
                teacher_id=_teacher(model, ids),
                note=model.note,
                tags=model.tags,
                seed=model.seed,
            )
            for model in generation
        ]
        ids.update(zip((model.id for model in generation), uow.models.add(rows), strict=True))
    return tuple(ids[model.id] for model in study.models)


def _teacher(model: StudyModel, ids: Mapping[str, ModelId]) -> ModelId | None:
    """Return the teacher where it comes before its student; a file may name one that it does not hold."""
    return ids.get(model.teacher) if model.teacher is not None else None


def _generations(models: Sequence[StudyModel]) -> list[list[StudyModel]]:
    depths: dict[str, int] = {}
    generations: list[list[StudyModel]] = []
    for model in models:
        parents = [parent for parent in (model.parent, model.teacher) if parent in depths]
        depth = depths[model.id] = 1 + max((depths[parent] for parent in parents), default=-1)
        if depth == len(generations):
            generations.append([])
        generations[depth].append(model)
    return generations


def _identities(models: Iterable[StudyModel], project_id: ProjectId) -> Iterator[tuple[str, str]]:
    """Yield id and identity; the id is part of it, for a file may hold one recipe several times."""
    above: dict[str, str] = {}
    for model in models:
        identity = base_identity(project_id, TASK, {"id": model.id}, 0)
        if model.parent is not None and model.step is not None:
            identity = model_identity([above[model.parent]], model.step, 0, f"{TASK} {model.id}")
        above[model.id] = identity
        yield model.id, identity
