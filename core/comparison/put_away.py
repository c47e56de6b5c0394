"""Models that the Overview leaves out at first: archived ones, and those that could not be made."""

from __future__ import annotations

from collections.abc import Sequence

from core.comparison.filtering import Status, read_conditions
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.queue.run import UNSUCCESSFUL


def asks_for_away(text: str) -> bool:
    """Return whether conditions, as `write_conditions` writes them, ask for such models by their status."""
    wanted = {Status.ARCHIVED, Status.FAILED}
    return any(
        condition.kind == "status" and not wanted.isdisjoint(condition.values)
        for condition in read_conditions(text)
    )


def put_away(models: Sequence[Model]) -> frozenset[ModelId]:
    """Return the ids of models that are archived, failed, cancelled or skipped.

    One that a remaining model was made from stays, so that every model is shown below its parents; so do
    those that could not be made where nothing else would be left. Parents come before their children.
    """
    needed: set[ModelId] = set()
    away: set[ModelId] = set()
    for model in reversed(models):
        if (model.archived or model.status in UNSUCCESSFUL) and model.id not in needed:
            away.add(model.id)
        else:
            needed.update(model.parent_ids)
    if len(away) == len(models):  # what went wrong is all there is to see
        away = {model.id for model in models if model.archived}
    return frozenset(away)


def kept_for_lineage(models: Sequence[Model], text: str) -> frozenset[ModelId]:
    """Return the ids of archived models that are shown, which are there for their descendants only.

    text: the conditions of the filter; none are returned where they ask for archived models.
    """
    return frozenset() if asks_for_away(text) else frozenset(model.id for model in models if model.archived)
