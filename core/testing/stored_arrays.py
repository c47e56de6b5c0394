"""Stored arrays as tests look at them: outcomes of every instance, and layer statistics."""

from __future__ import annotations

from core.domain.ids import EvaluationId, ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.services.application import Application


def outcomes(app: Application, evaluation_id: EvaluationId) -> Arrays:
    """Return the outcome arrays of an evaluation, the instance as first axis; empty if there are none."""
    with app.unit_of_work() as uow:
        return uow.evaluations.outcomes(evaluation_id)


def weight_statistics(app: Application, model_id: ModelId) -> Arrays:
    """Return a model's weight statistics, the module as first axis; empty if not made yet."""
    with app.unit_of_work() as uow:
        return uow.evaluations.layer_statistics(model_id, kind=LayerKind.WEIGHTS)
