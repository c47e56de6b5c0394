"""What a model's quality is compared with: the first model of its branch that was trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.origin import Origin


def path_to(model: Model, by_id: Mapping[ModelId, Model]) -> tuple[Model, ...]:
    """Return the model's ancestors as far as they are known, oldest first, and the model itself last."""
    path = [model]
    while (parent := by_id.get(path[-1].parent_id or ModelId(0))) is not None:
        path.append(parent)
    return tuple(reversed(path))


def reference_of(path: Sequence[Model]) -> Model | None:
    """Return the oldest model of a path that was trained; None if none was, or its base is not known.

    path: a model's ancestors, oldest first, and the model itself, which may be the one returned.
    """
    base = path[0]
    if base.parent_id is not None:
        return None
    if base.origin is not Origin.CONSTRUCTED:
        return base
    return next((model for model in path[1:] if model.origin is Origin.TRAINED), None)


def untrained(path: Sequence[Model]) -> bool:
    """Return whether nothing has trained the weights of the last model of a path; false if unknown."""
    constructed = path[0].parent_id is None and path[0].origin is Origin.CONSTRUCTED
    return constructed and reference_of(path) is None


def with_references(chosen: Sequence[Model], models: Iterable[Model]) -> list[Model]:
    """Return models together with the trained models of their branches, which sentences compare them with."""
    by_id = {model.id: model for model in models}
    references = (reference_of(path_to(model, by_id)) for model in chosen)
    return list({one.id: one for one in (*chosen, *references) if one is not None}.values())
