"""How many models a study has: made ones count, and what became of the others is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from core.comparison.references import trained_from_scratch
from core.comparison.sentences.statement import Census
from core.domain.model import Model
from core.domain.run import ACTIVE, RunStatus

_FAILED = (RunStatus.FAILED, RunStatus.LOST)


def census(models: Iterable[Model]) -> Census:
    """Count models by what became of them; archived ones are left out."""
    counted = [model for model in models if not model.archived]
    states = Counter(model.status for model in counted)
    bases = [model for model in counted if model.parent_id is None and model.ready]
    return Census(
        compressed=sum(
            model.ready and model.parent_id is not None and not trained_from_scratch(model)
            for model in counted
        ),
        bases=len(bases),
        base_name=bases[0].name if len(bases) == 1 else "",
        pending=sum(states[status] for status in ACTIVE),
        failed=sum(states[status] for status in _FAILED),
        cancelled=states[RunStatus.CANCELLED],
        skipped=states[RunStatus.SKIPPED],
    )
