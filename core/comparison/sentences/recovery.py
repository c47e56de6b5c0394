"""What a step brought back: told only of descendants, and only where it had been lost before."""

from __future__ import annotations

from dataclasses import replace

from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.figures import figure_of
from core.comparison.sentences.statement import Difference
from core.domain.metric import Group


def with_recovery(evidence: Evidence, found: Difference) -> Difference:
    """Return the difference with what had been lost against the trained base, if part of that came back.

    found: between models and descendants of theirs. All models need one base, which is none of them.
    """
    metric = found.metric
    improved = metric.better(found.after.value, found.before.value)
    if (
        metric.group is not Group.QUALITY
        or metric.points_per_unit is None
        or not found.changed
        or not improved
    ):
        return found
    references = [evidence.reference(evidence.models[one]) for one in found.before.model_ids]
    base = references[0]
    if base is None or any(other is None or other.id != base.id for other in references):
        return found
    if base.id in found.before.model_ids:
        return found
    loss = evidence.difference(metric, figure_of(metric, [base]), found.before)
    if loss is None or not loss.changed or metric.better(found.before.value, loss.before.value):
        return found
    if abs(found.amount) > abs(loss.amount):
        return found
    return replace(found, lost=abs(loss.amount), origin_id=base.id)
