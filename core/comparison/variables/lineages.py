"""The path from a base to each selected model, with its steps told apart by how often they were done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Step
from core.errors import NotFound
from core.presentation.lists import listed


@dataclass(frozen=True, order=True)
class Occurrence:
    """The `number`-th time (from 1) that a technique is used on the way to a model."""

    technique: str
    number: int


@dataclass(frozen=True)
class Lineage:
    """A model with its ancestors, base first and the model itself last.

    steps: the steps on the path in their order; a base that was itself made by a step begins with it.
    times: how often each technique was used.
    """

    path: tuple[Model, ...]
    steps: Mapping[Occurrence, Step]
    times: Mapping[str, int]

    @property
    def model(self) -> Model:
        """The model that the path leads to."""
        return self.path[-1]

    @property
    def base(self) -> Model:
        """The oldest ancestor that is known."""
        return self.path[0]


def trace(models: Iterable[Model], selection: Sequence[ModelId]) -> tuple[Lineage, ...]:
    """Return the lineage of each selected model, in order of id and without repeats.

    Raises:
        NotFound: A selected id is not among the models; all such ids are named.
    """
    by_id = {model.id: model for model in models}
    wanted = sorted(set(selection))
    missing = [str(model_id) for model_id in wanted if model_id not in by_id]
    if missing:
        raise NotFound(
            f"No model has the id {listed(missing)}.",
            "It may have been deleted; take it out of the selection.",
        )
    known: dict[ModelId, Lineage] = {}
    return tuple(_lineage(by_id[model_id], by_id, known) for model_id in wanted)


def _lineage(model: Model, by_id: Mapping[ModelId, Model], known: dict[ModelId, Lineage]) -> Lineage:
    """Return a model's lineage; it continues that of its parent, so that chains cost what they are long."""
    waiting = [model]
    while (above := waiting[-1].parent_id) is not None and above in by_id and above not in known:
        waiting.append(by_id[above])
    for member in reversed(waiting):
        if member.id not in known:
            parent = known.get(member.parent_id) if member.parent_id is not None else None
            known[member.id] = _continued(parent, member)
    return known[model.id]


def _continued(parent: Lineage | None, model: Model) -> Lineage:
    path, steps = (parent.path, dict(parent.steps)) if parent is not None else ((), {})
    times = dict(parent.times) if parent is not None else {}
    if model.step is not None:
        times[model.step.technique] = number = times.get(model.step.technique, 0) + 1
        steps[Occurrence(model.step.technique, number)] = model.step
    return Lineage((*path, model), steps, times)
