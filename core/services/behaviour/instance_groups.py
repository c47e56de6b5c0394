"""Saved groups of instances: keep a selection under a name, and compare models on it later."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import numpy as np

from core.comparison.behaviour.predictions import Grouping
from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.data.instance_group import InstanceGroup
from core.domain.ids import InstanceGroupId, ModelId
from core.domain.measurement.evaluation import Evaluation
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application

SAVED = "saved group"
"""Name of the column whose groups are the saved ones."""

MOST_GROUPS = 200
MOST_NAME = 100

_logger = logging.getLogger(__name__)


@needs(Role.EDITOR)
def save_group(
    app: Application, evaluation: Evaluation, name: str, positions: Iterable[int]
) -> InstanceGroup:
    """Keep instances of what a model was evaluated on under a new name.

    Raises:
        InvalidInput: every problem, at `name` (empty, too long, taken) and `instances` (none, or not there).
        NotFound: the data set was deleted.
    """
    chosen = tuple(sorted(set(positions)))
    with app.unit_of_work(writing=True) as uow:
        dataset = uow.projects.dataset(evaluation.dataset_id)
        if dataset is None:
            raise NotFound("The data set was deleted in the meantime.", "Reload the page.")
        uow.projects.touch(dataset.project_id)
        taken = groups_of(uow, evaluation)
        problems = [*_name_problems(name, taken), *_instance_problems(chosen, evaluation)]
        if problems:
            raise InvalidInput(problems)
        group = InstanceGroup(
            id=InstanceGroupId(0),
            dataset_id=evaluation.dataset_id,
            split=evaluation.split,
            fingerprint=_fingerprint(evaluation),
            name=name.strip(),
            positions=chosen,
            created_at=app.clock.now(),
            author=app.caller.name,
        )
        saved = uow.instance_groups.add(group)
        uow.commit()
    _logger.info("Group saved", extra={"group": saved.id, "instances": len(chosen)})
    return saved


@needs(Role.EDITOR)
def delete_group(app: Application, group_id: InstanceGroupId) -> InstanceGroup:
    """Forget a saved group and return it; `NotFound` if there is none of that id."""
    with app.unit_of_work(writing=True) as uow:
        group = uow.instance_groups.get(group_id)
        dataset = None if group is None else uow.projects.dataset(group.dataset_id)
        if group is None or dataset is None:
            raise NotFound(f"There is no saved group with id {group_id}.", "Reload the page.")
        uow.projects.touch(dataset.project_id)
        uow.instance_groups.delete(group_id)
        subject = Subject("saved group", (int(group_id),), group.name, dataset.project_id)
        note(uow, app, Action.DELETED, subject)
        uow.commit()
    _logger.info("Group deleted", extra={"group": group_id})
    return group


def saved_groups(app: Application, evaluation: Evaluation) -> list[InstanceGroup]:
    """Return the saved groups of what a model was evaluated on, by name."""
    with app.unit_of_work() as uow:
        return groups_of(uow, evaluation)


def named_group(app: Application, model_id: ModelId, name: str) -> InstanceGroupId:
    """Return the id of the saved group of that name, of the data that a model was last evaluated on.

    Raises:
        UnknownName: there is none, with similar names.
    """
    with app.unit_of_work() as uow:
        oldest_first = reversed(uow.evaluations.of_model(model_id))
        known = {group.name: group.id for each in oldest_first for group in groups_of(uow, each)}
    if name not in known:
        raise UnknownName("saved group", name, known)
    return known[name]


def groups_of(uow: UnitOfWork, evaluation: Evaluation) -> list[InstanceGroup]:
    """Return the saved groups of what a model was evaluated on, by name."""
    return uow.instance_groups.of(evaluation.dataset_id, evaluation.split, _fingerprint(evaluation))


def grouping_of(groups: Sequence[InstanceGroup]) -> Grouping | None:
    """Return saved groups as groups of instances, which may overlap; None without any."""
    if not groups:
        return None
    sizes = [len(group.positions) for group in groups]
    return Grouping(
        SAVED,
        tuple(group.name for group in groups),
        np.repeat(np.arange(len(groups)), sizes),
        instances=np.concatenate([np.array(group.positions, np.int64) for group in groups]),
        picked=True,
    )


def _fingerprint(evaluation: Evaluation) -> str:
    return str(evaluation.details.get("fingerprint", ""))


def _name_problems(name: str, taken: Sequence[InstanceGroup]) -> list[Problem]:
    problems = text_problems("name", name, most=MOST_NAME, required=True)
    if name.strip() in {group.name for group in taken}:
        message = f"There is a saved group named {name.strip()!r} already."
        problems.append(Problem("name", message, "Use another name, or delete that one first."))
    if len(taken) >= MOST_GROUPS:
        message = f"There are {len(taken)} saved groups of these data; there cannot be more."
        problems.append(Problem("name", message, "Delete some first."))
    return problems


def _instance_problems(positions: Sequence[int], evaluation: Evaluation) -> list[Problem]:
    if not positions:
        return [Problem("instances", "No instance is chosen.", "Pick some, or change the filters.")]
    if positions[0] < 0 or positions[-1] >= evaluation.instances:
        message = f"There is no instance {positions[-1]:,}: there are {evaluation.instances:,}."
        return [Problem("instances", message, "Reload the page.")]
    return []
