"""Compare models: change of metrics against a baseline, and how far predictions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.comparison.churn import Churn, churn
from core.domain.ids import EvaluationId, ModelId
from core.domain.model import Model
from core.errors import InvalidInput, NotFound
from core.services.application import Application
from core.services.evaluations import outcomes


@dataclass(frozen=True)
class Change:
    """A model against its baseline. `metrics` has value minus baseline for metrics that both have."""

    model: Model
    baseline: Model | None
    metrics: Mapping[str, float]


def change_against(app: Application, model_id: ModelId, baseline_id: ModelId | None = None) -> Change:
    """Return how a model's metrics differ from a baseline; default: see `default_baseline`.

    A base model without a given baseline is compared with nothing.

    Raises:
        NotFound: one of the models does not exist.
    """
    with app.unit_of_work() as uow:
        lineage = uow.models.lineage(model_id)
        chosen = uow.models.get([baseline_id]).get(baseline_id) if baseline_id is not None else None
    if not lineage or (baseline_id is not None and chosen is None):
        missing = baseline_id if lineage else model_id
        raise NotFound(f"There is no model with id {missing}.", "Choose one from the list of models.")
    model, ancestors = lineage[-1], lineage[:-1]
    baseline = chosen or default_baseline(ancestors)
    if baseline is None:
        return Change(model, None, {})
    both = [name for name in model.metrics if name in baseline.metrics]
    return Change(model, baseline, {name: model.metrics[name] - baseline.metrics[name] for name in both})


def default_baseline(ancestors: list[Model]) -> Model | None:
    """Return the nearest ancestor (base first) that has results, else the base; None if there is none."""
    with_results = [model for model in ancestors if model.metrics]
    return with_results[-1] if with_results else next(iter(ancestors), None)


def churn_between(app: Application, baseline: EvaluationId, other: EvaluationId) -> Churn:
    """Return how predictions changed from one evaluation to another of the same instances.

    Raises:
        NotFound, UnknownName: an evaluation or its predictions are not there.
        InvalidInput: the evaluations are of different instances.
    """
    names = ("label", "prediction")
    before, after = outcomes(app, baseline, names), outcomes(app, other, names)
    if before["label"].shape != after["label"].shape or (before["label"] != after["label"]).any():
        message = f"Evaluations {baseline} and {other} are of different instances."
        raise InvalidInput.of("evaluations", message, "Compare evaluations of the same data and split.")
    return churn(before["prediction"], after["prediction"], before["label"])
