"""Whether the parents in a study make sense, and an order in which they come before their children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.studies.study import StudyModel
from core.errors import InvalidInput, Problem, UnknownName

_COMPARED = 20
"""Unknown parents for which similar ids are looked for: comparing all of a large file takes long."""


def parents_first(models: Sequence[StudyModel]) -> tuple[StudyModel, ...]:
    """Return the models with parents before children, otherwise in the order given.

    Raises:
        InvalidInput: ids repeat, parents are unknown, or models descend from themselves; all are named.
    """
    by_id = {model.id: model for model in models}
    problems = [*_repeated(models), *_unknown(models, by_id)] or _cycles(by_id)
    if problems:
        raise InvalidInput(problems)
    placed: dict[str, StudyModel] = {}
    for model in models:
        waiting = []
        current: StudyModel | None = model
        while current is not None and current.id not in placed:
            waiting.append(current)
            current = by_id[current.parent] if current.parent is not None else None
        placed.update((one.id, one) for one in reversed(waiting))
    return tuple(placed.values())


def _repeated(models: Sequence[StudyModel]) -> list[Problem]:
    seen: dict[str, int] = {}
    problems = []
    for index, model in enumerate(models):
        if model.id in seen:
            message = (
                f"The id {model.id!r} is used by two models, number {seen[model.id] + 1} and {index + 1}."
            )
            problems.append(Problem(f"models.{index}.id", message, "Give every model an id of its own."))
        seen.setdefault(model.id, index)
    return problems


def _unknown(models: Sequence[StudyModel], by_id: Mapping[str, StudyModel]) -> list[Problem]:
    unknown = [
        (index, model.id, model.parent)
        for index, model in enumerate(models)
        if model.parent is not None and model.parent not in by_id
    ]
    return [
        Problem(
            f"models.{index}.base",
            f"The model {model_id!r} is based on {parent!r}, which is not in the file.",
            f"{_near(parent, by_id) if number < _COMPARED else ''}"
            "Add the missing model, or set its base to null.",
        )
        for number, (index, model_id, parent) in enumerate(unknown)
    ]


def _near(parent: str, by_id: Mapping[str, StudyModel]) -> str:
    """Return the question after ids that are written like an unknown one; empty where none is."""
    said = UnknownName("model", parent, by_id).hint
    return f"{said} " if said.startswith("Did you mean") else ""


def _cycles(by_id: Mapping[str, StudyModel]) -> list[Problem]:
    """Return one problem per circle of parents, naming its models."""
    done: set[str] = set()
    problems = []
    for start in by_id:
        path: dict[str, None] = {}
        current: str | None = start
        while current is not None and current not in done and current not in path:
            path[current] = None
            current = by_id[current].parent
        if current is not None and current in path:
            ring = list(path)[list(path).index(current) :]
            shown = " → ".join(
                repr(name) for name in [*ring[:6], *(["..."] if len(ring) > 6 else []), ring[0]]
            )
            message = f"The models descend from themselves: {shown}."
            problems.append(
                Problem("models", message, "Set the base of one of them to null or another model.")
            )
        done |= path.keys()
    return problems
