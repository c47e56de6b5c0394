"""Compare what models predict for the same instances, from the stored outcomes of their evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.comparison.behaviour.overall import Comparison, compare
from core.comparison.behaviour.predictions import Grouping, Predictions, Split
from core.comparison.references import untrained
from core.domain.condition import QualityCondition
from core.domain.evaluation import Arrays, Evaluation
from core.domain.figures import of_artifact
from core.domain.ids import ModelId
from core.domain.model import Model
from core.errors import InvalidInput, NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

MOST_MODELS = 16
CLASS = "class"
SLICE = "slice."
"""Prefix of outcome arrays that hold the group of each instance in a metadata column."""


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Models against a baseline; `models` are those that could be compared, in the order they were asked for.

    evaluation: of the baseline; the models were evaluated on the same instances.
    left_out: models that could not be compared, and why.
    trained: whether anything has trained the baseline's weights; a base may be as it was constructed.
    """

    baseline: Model
    evaluation: Evaluation
    models: tuple[Model, ...]
    split: Split
    predictions: Mapping[ModelId, Predictions]
    comparison: Comparison
    left_out: tuple[tuple[Model, str], ...]
    trained: bool


def behaviour(
    app: Application, model_ids: Sequence[ModelId], baseline_id: ModelId | None = None
) -> Behaviour:
    """Compare models with a baseline; default: the nearest common ancestor that was evaluated.

    Raises:
        InvalidInput: no model, more than 16, or models of several projects.
        NotFound: a model does not exist, or the baseline has no stored outcomes.
    """
    wanted = list(dict.fromkeys(model_ids))
    _require_few(wanted)
    with app.unit_of_work() as uow:
        found = _models(uow, [*wanted, *([baseline_id] if baseline_id is not None else [])])
        protocol = _protocol(uow, found[wanted[0]])
        evaluated = {model_id: _evaluation(uow, found[model_id], protocol) for model_id in found}
        baseline = found[baseline_id] if baseline_id is not None else _default_baseline(uow, wanted, protocol)
        reference = evaluated.get(baseline.id) or _evaluation(uow, baseline, protocol)
        if reference is None:
            hint = f"Run: compress-compare measure evaluate {baseline.id}"
            raise NotFound(f"The baseline {baseline.name} ({baseline.id}) was not evaluated yet.", hint)
        others = [found[model_id] for model_id in wanted if model_id != baseline.id]
        reasons = {model.id: _mismatch(reference, evaluated[model.id]) for model in others}
        compared = [model for model in others if not reasons[model.id]]
        trained = not untrained(uow.models.lineage(baseline.id))
        arrays = uow.evaluations.outcomes(reference.id)
        split = _split(arrays, reference)
        predictions = {baseline.id: _predictions(arrays)}
        for model in compared:
            evaluation = evaluated[model.id]
            if evaluation is not None:
                predictions[model.id] = _predictions(uow.evaluations.outcomes(evaluation.id))
    return Behaviour(
        baseline=baseline,
        evaluation=reference,
        models=tuple(compared),
        split=split,
        predictions=predictions,
        comparison=compare(split, predictions[baseline.id], [predictions[one.id] for one in compared]),
        left_out=tuple((model, reasons[model.id]) for model in others if reasons[model.id]),
        trained=trained,
    )


def _require_few(wanted: Sequence[ModelId]) -> None:
    if not 1 <= len(wanted) <= MOST_MODELS:
        message = f"{len(wanted)} models were chosen."
        raise InvalidInput.of("models", message, f"Choose 1 to {MOST_MODELS} models of one project.")


def _models(uow: UnitOfWork, wanted: Sequence[ModelId]) -> dict[ModelId, Model]:
    found = uow.models.get(wanted)
    missing = [model_id for model_id in wanted if model_id not in found]
    deleted = [model for model in found.values() if model.deleted_at is not None]
    if deleted:
        message = f"The model {deleted[0].name} ({deleted[0].id}) was deleted."
        raise NotFound(message, "Restore it or choose another one.")
    if missing:
        raise NotFound(f"There is no model with id {missing[0]}.", "Choose one from the list of models.")
    if len({model.project_id for model in found.values()}) > 1:
        hint = "Choose models of one project: others were evaluated on other data."
        raise InvalidInput.of("models", "The models belong to several projects.", hint)
    return {model_id: found[model_id] for model_id in wanted}


def _protocol(uow: UnitOfWork, model: Model) -> QualityCondition | None:
    project = uow.projects.find(model.project_id)
    return project.protocol.quality if project is not None else None


def _default_baseline(uow: UnitOfWork, wanted: Sequence[ModelId], protocol: QualityCondition | None) -> Model:
    """Return the nearest common ancestor that was evaluated, else the root of the first model.

    A single model is compared with its ancestors; of several, one may be the ancestor of the others.
    """
    lines = [uow.models.lineage(model_id) for model_id in wanted]
    if len(lines) == 1:
        lines = [lines[0][:-1] or lines[0]]
    shared = set.intersection(*[{model.id for model in line} for line in lines])
    nearest_first = [model for model in reversed(lines[0]) if model.id in shared]
    evaluated = (model for model in nearest_first if _evaluation(uow, model, protocol) is not None)
    return next(evaluated, lines[0][0])


def _evaluation(uow: UnitOfWork, model: Model, protocol: QualityCondition | None) -> Evaluation | None:
    """Return the latest evaluation under the project's protocol; None if there is none."""
    current = of_artifact(uow.evaluations.of_model(model.id), model.artifact)
    return next((one for one in current if one.condition == protocol), None)


def _mismatch(reference: Evaluation, other: Evaluation | None) -> str:
    """Return why a model cannot be compared instance by instance; empty if it can."""
    if other is None:
        return "not evaluated yet"
    marks = [one.details.get("fingerprint") for one in (reference, other)]
    if reference.instances != other.instances or marks[0] != marks[1]:
        return "evaluated before the data changed; evaluate it again"
    return ""


def _split(arrays: Arrays, evaluation: Evaluation) -> Split:
    class_names = tuple(map(str, evaluation.details.get("class_names", ())))
    groupings: dict[str, Grouping] = {}
    labels = arrays.get("label")
    if labels is not None and class_names:
        groupings[CLASS] = Grouping(CLASS, class_names, np.asarray(labels, np.int64))
    slices = evaluation.details.get("slices", {})
    for name, array in arrays.items():
        column = name.removeprefix(SLICE)
        if name.startswith(SLICE) and column in slices and column not in groupings:
            values = tuple(map(str, slices[column]["values"]))
            groupings[column] = Grouping(column, values, np.asarray(array, np.int64))
    return Split(None if labels is None else np.asarray(labels, np.int64), class_names, groupings)


def _predictions(arrays: Arrays) -> Predictions:
    prediction = arrays["prediction"]
    correct = arrays["correct"] if "correct" in arrays else prediction == arrays["label"]
    return Predictions(
        prediction,
        np.asarray(correct, bool),
        arrays.get("log_probabilities"),
        confidence=arrays.get("confidence"),
        loss=arrays.get("loss"),
    )
