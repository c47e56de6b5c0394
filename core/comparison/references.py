"""What a model's quality is compared with: the first model of its branch that was trained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from core.domain.ids import ModelId
from core.domain.model import Model

_FROM_SCRATCH = re.compile(r"(pre-?)?train(ed|ing)?( from scratch)?", re.IGNORECASE)
_LEARNS = re.compile(r"train|tune|tuning|distill", re.IGNORECASE)


def trained_from_scratch(model: Model) -> bool:
    """Return whether the step that made a model is training, by its name: no compression, no fine-tuning."""
    return model.step is not None and _FROM_SCRATCH.fullmatch(model.step.technique.strip()) is not None


def untrained_bases(models: Iterable[Model]) -> frozenset[ModelId]:
    """Return the bases that were not trained: those that some model was trained from by a step named so.

    Studies made elsewhere often start with the network as constructed, and `train` is their first operation.
    """
    by_id = {model.id: model for model in models}
    return frozenset(
        parent.id
        for model in by_id.values()
        if trained_from_scratch(model)
        and (parent := by_id.get(model.parent_id or ModelId(0))) is not None
        and parent.parent_id is None
        and parent.step is None
    )


def path_to(model: Model, by_id: Mapping[ModelId, Model]) -> tuple[Model, ...]:
    """Return the model's ancestors as far as they are known, oldest first, and the model itself last."""
    path = [model]
    while (parent := by_id.get(path[-1].parent_id or ModelId(0))) is not None:
        path.append(parent)
    return tuple(reversed(path))


def reference_of(path: Sequence[Model], untrained: frozenset[ModelId]) -> Model | None:
    """Return the oldest model of a path that was trained; None if none was, or its base is not known.

    path: a model's ancestors, oldest first, and the model itself, which may be the one returned.
    """
    base = path[0]
    if base.parent_id is not None:
        return None
    if base.id not in untrained:
        return base
    return next((model for model in path[1:] if model.step and _LEARNS.search(model.step.technique)), None)
