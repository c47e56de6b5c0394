"""The path from a base to each selected model, with its steps told apart by how often they were done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Step
from core.errors import NotFound


@dataclass(frozen=True, order=True)
class Occurrence:
    """The `number`-th time (from 1) that a technique is used on the way to a model."""

    technique: str
    number: int


@dataclass(frozen=True)
class Lineage:
    """A model with its ancestors, base first and the model itself last.

    steps: the steps on the path in their order; a base that was itself made by a step begins with it.
    """

    path: tuple[Model, ...]
    steps: Mapping[Occurrence, Step]

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
            f"No model has the id {', '.join(missing)}.",
            "It may have been deleted; take it out of the selection.",
        )
    return tuple(_lineage(by_id, by_id[model_id]) for model_id in wanted)


def _lineage(by_id: Mapping[ModelId, Model], model: Model) -> Lineage:
    path = [model]
    while (parent_id := path[-1].parent_id) is not None and parent_id in by_id:
        path.append(by_id[parent_id])
    path.reverse()
    times: Counter[str] = Counter()
    steps: dict[Occurrence, Step] = {}
    for step in (member.step for member in path):
        if step is not None:
            times[step.technique] += 1
            steps[Occurrence(step.technique, times[step.technique])] = step
    return Lineage(tuple(path), steps)
