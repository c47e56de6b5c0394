"""What people call the classes of a data set, where that is not what the data say."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from core.comparison.behaviour.predictions import NO_ANSWER
from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import DatasetId
from core.domain.project import Dataset
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application

MOST_CHARACTERS = 100
_MOST_TOLD = 5

_logger = logging.getLogger(__name__)


@needs(Role.EDITOR)
def rename_classes(
    app: Application, dataset_id: DatasetId, class_names: Sequence[str], wanted: Sequence[str]
) -> None:
    """Call the classes of a data set otherwise on every page that shows predictions; the data stay.

    Args:
        app: the application.
        dataset_id: the data set.
        class_names: what the data call the classes, in their order.
        wanted: what people shall read, in the same order.

    Raises:
        InvalidInput: every problem, at `class_names`: too few or many, empty, too long, or the same twice.
        NotFound: the data set was deleted.
    """
    names = [name.strip() for name in wanted]
    if problems := _problems(class_names, names):
        raise InvalidInput(problems)
    changed = {said: name for said, name in zip(class_names, names, strict=True) if said != name}
    with app.unit_of_work(writing=True) as uow:
        dataset = uow.projects.dataset(dataset_id)
        if dataset is None:
            raise NotFound("The data set was deleted in the meantime.", "Reload the page.")
        uow.projects.touch(dataset.project_id)
        uow.projects.set_class_labels(dataset_id, {**_others(dataset, class_names), **changed})
        told = f"class names of {dataset.name}"
        note(uow, app, Action.CHANGED, Subject("data set", (int(dataset_id),), told, dataset.project_id))
        uow.commit()
    _logger.info("Classes renamed", extra={"dataset": dataset_id, "classes": len(changed)})


def readable(class_names: Sequence[str], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return what people read for the classes; what the data say where two would be the same."""
    names = tuple(labels.get(name, name) for name in class_names)
    return names if len(set(names)) == len(names) else tuple(class_names)


def _others(dataset: Dataset, class_names: Sequence[str]) -> dict[str, str]:
    """Return the names of classes that are not among these: the data may have changed."""
    return {said: name for said, name in dataset.class_labels.items() if said not in class_names}


def _problems(class_names: Sequence[str], names: Sequence[str]) -> list[Problem]:
    if len(names) != len(class_names):
        message = f"There are {len(class_names):,} classes, but {len(names):,} names."
        return [Problem("class_names", message, "Write one name per line, in the order of the classes.")]
    problems = []
    for place, name in enumerate(names, start=1):
        wrong = text_problems("class_names", name, most=MOST_CHARACTERS, required=True)
        problems += [Problem("class_names", f"Line {place}: {one.message}", one.hint) for one in wrong]
        if name == NO_ANSWER:
            message = f"Line {place}: {NO_ANSWER!r} stands for a model that gives none."
            problems.append(Problem("class_names", message, "Use another name."))
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    problems += [
        Problem("class_names", f"Two classes are called {name!r}.", "Use different names.") for name in twice
    ]
    return problems[:_MOST_TOLD]
