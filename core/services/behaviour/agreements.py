"""How alike the predictions of the compared models are, also of more than have a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.comparison.behaviour.agreement import Agreement, agreement
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Evaluation
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour
from core.services.comparison.compared_models import evaluation_of, mismatch
from core.services.comparison.outcome_cache import evaluation_key, kept

MOST_ALIKE = 64
"""Models of which every two are compared; the first of them where there are more."""
PREDICTION = "prediction"


@dataclass(frozen=True, eq=False)
class ModelAgreement:
    """The agreement of models, in the order of `model_ids`, the baseline first."""

    model_ids: tuple[ModelId, ...]
    agreement: Agreement


def model_agreement(app: Application, found: Behaviour, model_ids: Sequence[ModelId]) -> ModelAgreement:
    """Compare every two of the baseline and of models that were evaluated on the same instances as it."""
    evaluations = _evaluations(app, found, model_ids)
    key = ("agreement", *(evaluation_key(one) for one in evaluations.values()))
    return kept(app, key, lambda: _compared(app, found, evaluations))


def _evaluations(
    app: Application, found: Behaviour, model_ids: Sequence[ModelId]
) -> dict[ModelId, Evaluation]:
    wanted = [one for one in dict.fromkeys(model_ids) if one != found.baseline.id][: MOST_ALIKE - 1]
    evaluations = {found.baseline.id: found.evaluation}
    with app.unit_of_work() as uow:
        models = uow.models.get(wanted)
        for model_id in wanted:
            if model_id in models:
                other = evaluation_of(uow, models[model_id], found.evaluation.condition)
                if other is not None and not mismatch(found.evaluation, other):
                    evaluations[model_id] = other
    return evaluations


def _compared(
    app: Application, found: Behaviour, evaluations: Mapping[ModelId, Evaluation]
) -> ModelAgreement:
    known = {model_id: one.prediction for model_id, one in found.predictions.items()}
    further = {model_id: one.id for model_id, one in evaluations.items() if model_id not in known}
    with app.unit_of_work() as uow:
        arrays = uow.evaluations.outcomes_of(list(further.values()), {PREDICTION})
    known |= {model_id: found.compared(arrays[one][PREDICTION]) for model_id, one in further.items()}
    return ModelAgreement(tuple(evaluations), agreement([known[model_id] for model_id in evaluations]))
