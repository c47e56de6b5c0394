"""Stored arrays: outcomes of every instance, and layer statistics."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.evaluation import Arrays, LayerKind
from core.domain.ids import EvaluationId, ModelId
from core.errors import NotFound, UnknownName
from core.services.application import Application


def outcomes(app: Application, evaluation_id: EvaluationId, names: Iterable[str] | None = None) -> Arrays:
    """Return outcome arrays of an evaluation, all or those named, the instance as first axis.

    Raises:
        NotFound: there is no such evaluation.
        UnknownName: it has no array of that name.
        CorruptArtifact: the stored bytes are not what was written.
    """
    wanted = None if names is None else tuple(names)
    with app.unit_of_work() as uow:
        found = uow.evaluations.outcomes(evaluation_id, wanted)
        missing = [name for name in wanted or () if name not in found]
        if missing:
            known = uow.evaluations.outcome_names(evaluation_id)
            if known:
                raise UnknownName("outcome", missing[0], known)
        if not found and wanted != ():
            hint = "The evaluation may have been deleted with its model."
            raise NotFound(f"Evaluation {evaluation_id} has no stored outcomes.", hint)
    return found


def weight_statistics(app: Application, model_id: ModelId) -> Arrays:
    """Return a model's weight statistics, arrays with the module as first axis; empty if not made yet."""
    with app.unit_of_work() as uow:
        return uow.evaluations.layer_statistics(model_id, kind=LayerKind.WEIGHTS)
