"""Names of a model's ancestors, to tell apart models that were made by the same step."""

from __future__ import annotations

from collections.abc import Iterable

from core.comparison.naming.lineage_names import THEN
from core.domain.ids import ModelId
from core.domain.model import Model


def ancestors(models: Iterable[Model]) -> dict[ModelId, tuple[str, ...]]:
    """Return the names of each model's ancestors, its parent first; ancestors not given end the list."""
    by_id = {model.id: model for model in models}
    found: dict[ModelId, tuple[str, ...]] = {}
    for model in by_id.values():
        path: list[ModelId] = []
        present: Model | None = model
        while present is not None and present.id not in found and present.id not in path:
            path.append(present.id)
            present = by_id.get(present.parent_id) if present.parent_id is not None else None
        for model_id in reversed(path):
            parent = by_id.get(by_id[model_id].parent_id or ModelId(0))
            known = found.get(parent.id, ()) if parent else ()
            found[model_id] = (parent.name, *known) if parent else ()
    return found


def full_name(model: Model, names: tuple[str, ...]) -> str:
    """Return the names from the base, left out, to a model, e.g. `pruning 0.5 > fine-tune 3`."""
    return THEN.join([*reversed(names[:-1]), model.name])
