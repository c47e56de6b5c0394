"""Read the stored outcomes by which models of a project are compared instance by instance."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.comparison.pairing import UNPAIRED, Numbers, Pairing, Rights, Scored, Scores
from core.domain.ids import EvaluationId, ModelId
from core.domain.measurement.evaluation import Arrays, Evaluation
from core.domain.measurement.figures import of_artifact
from core.domain.model import Model
from core.domain.project import Project
from core.persistence.repositories.evaluations import MarkedEvaluation
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

MOST_KEPT = 512
"""Evaluations whose scores a process keeps; 50,000 instances are some kilobytes, or 200 with numbers."""

CORRECT = "correct"
"""Name of the outcome array that says which answers are right."""

_EXACT, _ROUNDED = 1e-6, 1e-3
"""How far a mean may be from a metric's value: of what is right, and of numbers kept in half precision."""

_Key = tuple[EvaluationId, str]


@dataclass
class _Kept:
    lock: Lock = field(default_factory=Lock)
    scored: OrderedDict[_Key, Scored] = field(default_factory=OrderedDict)


_kept: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()


def paired(app: Application, project: Project, models: Sequence[Model]) -> Pairing:
    """Return the scores of models that were evaluated under the project's protocol with outcomes kept.

    Outcomes never change, so they are read once per process; which evaluations count is asked every time.
    """
    if project.protocol.quality is None or len(models) < 2:
        return UNPAIRED
    kept = _kept.setdefault(app.unit_of_work, _Kept())
    with app.unit_of_work() as uow:
        chosen = _chosen(uow, project, models)
        with kept.lock:
            missing = [one for one in chosen.values() if _key(one) not in kept.scored]
        fresh = _read(uow, [one.evaluation for one in missing])
    with kept.lock:
        for one in missing:
            kept.scored[_key(one)] = Scored(one.mark, fresh[one.evaluation.id])
        found = {}
        for model_id, one in chosen.items():
            if _key(one) in kept.scored:
                kept.scored.move_to_end(_key(one))
                found[model_id] = kept.scored[_key(one)]
        while len(kept.scored) > MOST_KEPT:
            kept.scored.popitem(last=False)
    return Pairing(found)


def _key(one: MarkedEvaluation) -> _Key:
    return one.evaluation.id, one.evaluation.created_at.isoformat()


def _chosen(uow: UnitOfWork, project: Project, models: Sequence[Model]) -> dict[ModelId, MarkedEvaluation]:
    """Return the latest evaluation of each model's present weights under the protocol, if it has a mark."""
    artifacts = {model.id: model.artifact for model in models}
    found: dict[ModelId, MarkedEvaluation] = {}
    for one in uow.evaluations.marked(list(artifacts)):
        of = one.evaluation.model_id
        if one.evaluation.condition == project.protocol.quality and of_artifact(
            [one.evaluation], artifacts[of]
        ):
            found[of] = one
    return {model_id: one for model_id, one in found.items() if one.mark}


def _read(uow: UnitOfWork, evaluations: Sequence[Evaluation]) -> dict[EvaluationId, Mapping[str, Scores]]:
    ids = [one.id for one in evaluations]
    metrics = {name for one in evaluations for name in one.metrics}
    first = uow.evaluations.outcomes_of(ids, {*metrics, CORRECT})
    arrays = {one: dict(found) for one, found in first.items()}
    lacking = [one for one in ids if CORRECT not in arrays.get(one, {})]
    for one, found in uow.evaluations.outcomes_of(lacking, {"label", "prediction"}).items():
        arrays.setdefault(one, {}).update(found)
    return {one.id: scores_of(one.metrics, arrays.get(one.id, {})) for one in evaluations}


def scores_of(metrics: Mapping[str, float], arrays: Arrays) -> dict[str, Scores]:
    """Return the scores of the metrics that are their plain mean: an array of that name, or what is right.

    That a mean is the metric's value is tried out, so that no metric need be known by name.
    """
    found: dict[str, Scores] = {}
    right = _right(arrays)
    for name, value in metrics.items():
        own = arrays.get(name)
        if own is not None and _averages_to(own, value):
            found[name] = Numbers(own.astype(np.float32))
        if right is not None and abs(right.share - value) <= _EXACT:
            found[name] = right
    return found


def _averages_to(own: NDArray[np.generic], value: float) -> bool:
    """Return whether a number per instance has this mean, as far as its type can hold it."""
    if own.ndim != 1 or own.dtype.kind not in "biuf" or not len(own):
        return False
    return abs(float(np.asarray(own, np.float64).mean()) - value) <= _ROUNDED * max(1.0, abs(value))


def _right(arrays: Arrays) -> Rights | None:
    """Return on which instances the model is right; None where that is not kept."""
    labels, predictions = arrays.get("label"), arrays.get("prediction")
    correct = arrays.get(CORRECT)
    if correct is None and labels is not None and predictions is not None:
        known = np.asarray(labels, np.int64) >= 0
        correct = (labels == predictions) & known if labels.shape == predictions.shape else None
    return None if correct is None or not len(correct) else Rights.of(np.asarray(correct, bool))
