"""How many models a study has: made ones count, and what became of the others is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set

from core.comparison.sentences.statement import Census
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.queue.run import ACTIVE, RunStatus

_FAILED = (RunStatus.FAILED, RunStatus.LOST)


def census(models: Iterable[Model]) -> Census:
    """Count models by what became of them; archived ones are left out."""
    models = tuple(models)
    counted = [model for model in models if not model.archived]
    states = Counter(model.status for model in counted)
    constructed = {model.id for model in models if model.origin is Origin.CONSTRUCTED}
    bases = [model for model in counted if model.parent_id is None and model.ready]
    return Census(
        compressed=sum(
            model.ready and model.parent_id is not None and not _trained_first(model, constructed)
            for model in counted
        ),
        bases=len(bases),
        base_name=bases[0].name if len(bases) == 1 else "",
        pending=sum(states[status] for status in ACTIVE),
        failed=sum(states[status] for status in _FAILED),
        cancelled=states[RunStatus.CANCELLED],
        skipped=states[RunStatus.SKIPPED],
    )


def _trained_first(model: Model, constructed: Set[ModelId]) -> bool:
    """Return whether a model is a constructed base with trained weights: nothing is compressed yet."""
    return model.origin is Origin.TRAINED and model.parent_id in constructed
