"""Compare what models predict for the same instances, from the stored outcomes of their evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.crossing import length_buckets
from core.comparison.behaviour.overall import Comparison, compare
from core.comparison.behaviour.predictions import Deferred, Grouping, Numbers, Predictions, Split
from core.comparison.behaviour.tables import GroupTable, column_table, table_of
from core.comparison.metrics.formulas import CALIBRATION_ERROR
from core.comparison.references import untrained
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import ANSWER, SLICE, Arrays, Evaluation
from core.domain.model import Model
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.behaviour.class_names import readable
from core.services.behaviour.common_instances import CommonInstances, common_instances
from core.services.behaviour.instance_groups import grouping_of, groups_of
from core.services.comparison.compared_models import Chosen, choose, data_mark, mismatch
from core.services.comparison.outcome_cache import deferred, evaluation_key, kept, kept_outcomes

CLASS = "class"
"""Prefix of outcome arrays that hold the group of each instance in a metadata column."""


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Models against a baseline; `models` are those that could be compared, in the order they were asked for.

    evaluation: of the baseline. common: where models were evaluated before or after the data changed, the
        instances that all of them saw, which are the ones compared; None where all saw the same.
    left_out: models that could not be compared, and why. key: identifies the evaluations that are compared.
    pending: how many divergences are computed, and how many will be; None where none is to come.
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
    common: CommonInstances | None = None
    key: tuple[object, ...] = ()
    pending: tuple[int, int] | None = None

    def compared(self, array: Numbers) -> Numbers:
        """Return what is kept of every instance of the baseline's evaluation, of those that are compared."""
        return array if self.common is None else array[self.common.positions[data_mark(self.evaluation)]]

    def among_all(self, place: int) -> int:
        """Return where a compared instance is among those that the baseline was evaluated on."""
        return place if self.common is None else int(self.common.positions[data_mark(self.evaluation)][place])


def behaviour(
    app: Application, model_ids: Sequence[ModelId], baseline_id: ModelId | None = None
) -> Behaviour:
    """Compare models with a baseline; default: the nearest common ancestor that was evaluated.

    Raises:
        InvalidInput: no model, more than 16, or models of several projects.
        NotFound: a model does not exist, or the baseline has no stored outcomes.
    """
    with app.unit_of_work() as uow:
        chosen = choose(uow, model_ids, baseline_id)
        baseline, evaluated = chosen.baseline, chosen.evaluations
        reference = evaluated.get(baseline.id)
        if reference is None:
            hint = f"Run: compress-compare measure evaluate {baseline.id}"
            problem = "was not evaluated under the project's protocol yet."
            raise NotFound(f"The baseline {baseline.name} ({baseline.id}) {problem}", hint)
        common, reasons = _comparable(app, uow, chosen, reference)
        compared = [model for model in chosen.models if not reasons[model.id]]
        trained = not untrained(uow.models.lineage(baseline.id))
        read = {one.id: _read(app, uow, evaluated[one.id], common) for one in (baseline, *compared)}
        saved = groups_of(uow, reference)
        dataset = uow.projects.dataset(reference.dataset_id)
    labels = {} if dataset is None else dataset.class_labels
    named = tuple(sorted(labels.items()))
    marks = [(evaluation_key(evaluated[one]), *(common.positions if common else ())) for one in read]
    arrays = read[baseline.id].arrays
    split = kept(app, ("split", marks[0], named), lambda: _split(arrays, reference, labels))
    split = _with_saved(split, grouping_of(saved), common.positions[data_mark(reference)] if common else None)
    predictions = {one: _predictions(outcomes) for one, outcomes in read.items()}
    key = (*marks, *(int(group.id) for group in saved), named)
    return Behaviour(
        baseline=baseline,
        evaluation=reference,
        models=tuple(compared),
        split=split,
        predictions=predictions,
        comparison=kept(
            app,
            ("comparison", *key),
            lambda: compare(split, predictions[baseline.id], [predictions[one.id] for one in compared]),
        ),
        left_out=tuple((model, reasons[model.id]) for model in chosen.models if reasons[model.id]),
        trained=trained,
        common=common,
        key=key,
    )


def _comparable(
    app: Application, uow: UnitOfWork, chosen: Chosen, reference: Evaluation
) -> tuple[CommonInstances | None, dict[ModelId, str]]:
    """Return what models share that saw other states of the data, and why a model cannot be compared."""
    evaluated = chosen.evaluations
    reasons = {model.id: mismatch(reference, evaluated.get(model.id)) for model in chosen.models}
    other = [evaluated[one] for one, reason in reasons.items() if reason and one in evaluated]
    common = common_instances(app, uow, reference, other) if other else None
    shared = (
        set() if common is None else {one.model_id for one in other if data_mark(one) in common.positions}
    )
    return common, {one: "" if one in shared else reason for one, reason in reasons.items()}


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """What is kept of an evaluation. calibration_error: None where a part of its instances is compared."""

    arrays: Arrays
    probabilities: Deferred | None
    calibration_error: float | None


def _read(
    app: Application, uow: UnitOfWork, evaluation: Evaluation, common: CommonInstances | None
) -> _Outcomes:
    arrays, probabilities = kept_outcomes(app, uow, evaluation), deferred(app, uow, evaluation)
    if common is None:
        return _Outcomes(arrays, probabilities, evaluation.metrics.get(CALIBRATION_ERROR))
    return _Outcomes(common.of(arrays, evaluation), common.of_deferred(probabilities, evaluation), None)


def group_table(app: Application, found: Behaviour, column: str, across: str = "") -> GroupTable:
    """Return the table of a column, of its intersections with another, or of `FOUND` groups.

    A column that does not exist stands for the first one. Tables are kept while they are looked at.
    """
    tables, models = found.comparison.tables, [found.predictions[one.id] for one in found.models]
    if not found.split.labelled:
        return column_table("", [], len(models))
    baseline = found.predictions[found.baseline.id]
    key = ("table", found.key, column, across)
    table = kept(app, key, lambda: table_of(found.split, baseline, models, (column, across)))
    if table is not None:
        return table
    shown = column if column in tables else next(iter(tables), "")
    return column_table(shown, tables.get(shown, []), len(models))


def _split(arrays: Arrays, evaluation: Evaluation, called: Mapping[str, str]) -> Split:
    class_names = readable(tuple(map(str, evaluation.details.get("class_names", ()))), called)
    groupings: dict[str, Grouping] = {}
    labels = arrays.get("label")
    if labels is not None and class_names:
        groupings[CLASS] = Grouping(CLASS, class_names, np.asarray(labels, np.int64))
    slices = evaluation.details.get("slices", {})
    for name, array in arrays.items():
        column = name.removeprefix(SLICE)
        if name.startswith(SLICE) and column in slices and column not in groupings:
            values = tuple(map(str, slices[column]["values"]))
            groupings[column] = Grouping(column, values, np.asarray(array, np.int64)).without_nameless()
    lengths = _length_buckets(arrays)
    if lengths is not None and lengths.name not in groupings:
        groupings[lengths.name] = lengths
    return _labelled(Split(None if labels is None else np.asarray(labels, np.int64), class_names, groupings))


def _labelled(split: Split) -> Split:
    """Leave instances without a right answer out of the groups: no model can be right about them.

    Without any right answer the groups are kept whole, to filter by; they are not compared.
    """
    if split.unlabelled is None:
        return split
    if not split.labelled:
        return replace(split, groupings={name: one for name, one in split.groupings.items() if name != CLASS})
    known = ~split.unlabelled
    return replace(split, groupings={name: each.among(known) for name, each in split.groupings.items()})


def _with_saved(split: Split, saved: Grouping | None, places: NDArray[np.intp] | None) -> Split:
    """Return the split with the saved groups as a further column; `places`: see `Grouping.at`."""
    if saved is None or saved.name in split.groupings:
        return split
    if places is not None:
        saved = saved.at(places)
    whole = split.unlabelled is None or not split.labelled
    known = saved if whole or split.unlabelled is None else saved.among(~split.unlabelled)
    return replace(split, groupings={**split.groupings, saved.name: known})


def _length_buckets(arrays: Arrays) -> Grouping | None:
    """Return the instances by the number of words of the right answer; None where answers are classes."""
    reference = arrays.get("reference")
    if reference is None:
        return None
    words = np.array([len(str(text).split()) for text in reference.tolist()], np.int64)
    return length_buckets("words of the answer", words)


def _predictions(outcomes: _Outcomes) -> Predictions:
    arrays = outcomes.arrays
    prediction = arrays["prediction"]
    labels = arrays.get("label")
    correct = np.asarray(arrays["correct"] if "correct" in arrays else prediction == arrays["label"], bool)
    if labels is not None:
        correct = correct & (np.asarray(labels, np.int64) >= 0)  # no prediction is a label that is missing
    return Predictions(
        prediction,
        np.asarray(correct, bool),
        arrays.get("log_probabilities", outcomes.probabilities),
        confidence=arrays.get("confidence"),
        loss=arrays.get("loss"),
        reference=arrays.get("reference"),
        calibration_error=outcomes.calibration_error,
        token_log_probabilities=arrays.get("token_log_probabilities"),
        columns=_answer_columns(arrays),
    )


def _answer_columns(arrays: Arrays) -> dict[str, Numbers]:
    """Return what is kept of each written answer; nothing of classes."""
    if arrays["prediction"].dtype.kind in "iu":
        return {}
    kept_scores = {name: arrays[name] for name in ("token_f1", "rouge_l") if name in arrays}
    further = {name.removeprefix(ANSWER): array for name, array in arrays.items() if name.startswith(ANSWER)}
    return kept_scores | further
