"""What people write on models: a note, tags, a star, and whether a model is put away in the archive."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from core.domain.access.audit import Action
from core.domain.access.caller import Role
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.text import LONGEST_NOTE, text_problems
from core.errors import InvalidInput, NotFound, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.access.audit import note_models
from core.services.access.roles import needs
from core.services.application import Application

LONGEST_TAG = 60
MOST_TAGS = 50

_logger = logging.getLogger(__name__)


class Changes(TypedDict, total=False):
    """What to change; what is absent or None stays as it is. An empty note removes the note."""

    note: str | None
    add_tags: Iterable[str]
    remove_tags: Iterable[str]
    starred: bool | None
    archived: bool | None


@dataclass(frozen=True)
class TagCount:
    """A tag and how many models of the project that are not deleted have it."""

    tag: str
    models: int


@needs(Role.EDITOR)
def annotate(
    app: Application, model_ids: Iterable[ModelId], **changes: Unpack[Changes]
) -> tuple[ModelId, ...]:
    """Change note, tags, star or archive of models; return the ids of those that are different now.

    To undo, ask for the opposite for the ids that were returned. Open pages learn of it by the revision.

    Raises:
        NotFound: an id is unknown; nothing is changed.
        InvalidInput: every problem, at `note`, `add_tags`.
    """
    # tags to remove are taken as they are: an imported study may hold any
    add, remove = _tags(changes.get("add_tags", ())), [*changes.get("remove_tags", ())]
    problems = text_problems("note", changes.get("note") or "", most=LONGEST_NOTE)
    problems += [problem for tag in add for problem in _tag_problems(tag)]
    with app.unit_of_work(writing=True) as uow:
        chosen = _present(uow, model_ids)
        wanted = [_changed(model, changes, (add, remove)) for model in chosen]
        problems += [_too_many(model) for model in wanted if add and len(model.tags) > MOST_TAGS][:1]
        if problems:
            raise InvalidInput(problems)
        different = [new for new, old in zip(wanted, chosen, strict=True) if new != old]
        if different:
            _store(uow, different)
            _note(uow, app, changes, different)
            uow.commit()
    if different:
        _logger.info("Models annotated", extra={"models": len(different), "by": app.caller.name})
    return tuple(model.id for model in different)


def list_tags(app: Application, project_id: ProjectId) -> list[TagCount]:
    """Return the tags in use in a project, the most frequent first."""
    counts: dict[str, int] = defaultdict(int)
    with app.unit_of_work() as uow:
        for tags in uow.models.tags(project_id):
            for tag in tags:
                counts[tag] += 1
    ordered = sorted(counts, key=lambda tag: (-counts[tag], tag))
    return [TagCount(tag, counts[tag]) for tag in ordered]


def _store(uow: UnitOfWork, models: Sequence[Model]) -> None:
    for project_id in sorted({model.project_id for model in models}):
        uow.projects.touch(project_id)
    alike: dict[tuple[str, tuple[str, ...], bool, bool], list[ModelId]] = defaultdict(list)
    for model in models:
        alike[model.note, model.tags, model.starred, model.archived].append(model.id)
    for (note, tags, starred, archived), ids in alike.items():
        uow.models.annotate(ids, note=note, tags=list(tags), starred=starred, archived=archived)


def _note(uow: UnitOfWork, app: Application, changes: Changes, models: Sequence[Model]) -> None:
    """Note archiving and what else was changed, but not stars, which are pressed by the hundred."""
    archived = changes.get("archived")
    if archived is not None:
        note_models(uow, app, Action.ARCHIVED if archived else Action.UNARCHIVED, models)
    elif changes.keys() & {"note", "add_tags", "remove_tags"}:
        note_models(uow, app, Action.CHANGED, models)


def _changed(model: Model, changes: Changes, tags: tuple[Sequence[str], Sequence[str]]) -> Model:
    add, remove = tags
    note, starred, archived = changes.get("note"), changes.get("starred"), changes.get("archived")
    kept = [tag for tag in model.tags if tag not in remove]
    return replace(
        model,
        note=model.note if note is None else note.strip(),
        tags=tuple(dict.fromkeys([*kept, *add])),
        starred=model.starred if starred is None else starred,
        archived=model.archived if archived is None else archived,
    )


def _tags(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(tag.split()) for tag in given if tag.strip()))


def _tag_problems(tag: str) -> list[Problem]:
    problems = text_problems("add_tags", tag, most=LONGEST_TAG)
    if "," in tag:
        message = f"The tag {tag!r} contains a comma, which separates tags."
        problems.append(Problem("add_tags", message, "Give two tags, or leave the comma out."))
    return problems


def _too_many(model: Model) -> Problem:
    message = f"The model {model.name} would have {len(model.tags)} tags; at most {MOST_TAGS} can be kept."
    return Problem("add_tags", message, "Remove some of its tags first.")


def _present(uow: UnitOfWork, model_ids: Iterable[ModelId]) -> list[Model]:
    wanted = list(dict.fromkeys(model_ids))
    found = uow.models.get(wanted)
    missing = [str(model_id) for model_id in wanted if model_id not in found]
    if missing:
        raise NotFound(f"There are no models with ids {listed(missing)}.", "Reload the list of models.")
    return [found[model_id] for model_id in wanted]
