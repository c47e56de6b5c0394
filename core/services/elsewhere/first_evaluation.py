"""Predictions with their labels, of a project whose data no worker reads: they say what the instances are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.domain.condition import QualityCondition
from core.domain.data.instances import ID, InstanceSet
from core.domain.data.prediction_files import PredictionFile
from core.domain.ids import DatasetId, EvaluationId, InstanceSetId, ProjectId
from core.domain.measurement.evaluation import LABEL, Arrays, Evaluation
from core.domain.measurement.intervals import mean_interval
from core.domain.measurement.worst_group import WORST_GROUP, worst_group
from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.model import Model
from core.domain.project import LOGGED, Dataset, Project
from core.errors import InvalidInput, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.imports.imported_outcomes import class_arrays
from core.services.imports.imported_predictions import insert_predictions

ACCURACY = MetricDefinition("accuracy", "Accuracy", Direction.HIGHER, Format.PERCENT)
_MOST_CLASSES = 10_000


@dataclass(frozen=True)
class LabelledPredictions:
    """Predictions with the label of each instance by its id. classes: in order; empty: those that occur."""

    file: PredictionFile
    labels: Mapping[str, str]
    classes: tuple[str, ...] = ()


def insert_first(uow: UnitOfWork, app: Application, model: Model, given: LabelledPredictions) -> None:
    """Insert predictions; where the project has others already, of the same instances.

    Raises:
        InvalidInput: the labels are not those of these instances, or are not the ones known.
    """
    project = uow.projects.find(int(model.project_id))
    if project is None or any(uow.evaluations.of_model(one.id) for one in uow.models.list(model.project_id)):
        insert_predictions(uow, app, model, given.file)
        return
    classes = _classes(given)
    dataset_id = _dataset(uow, project)
    ids = [row.id for row in given.file.rows]
    label = np.array([classes.index(given.labels[one]) for one in ids], np.int16)
    fingerprint = _fingerprint(ids, label.tolist(), classes)
    places = np.arange(len(ids), dtype=np.intp)
    outcomes: Arrays = {LABEL: label, **class_arrays(given.file, places, classes, {LABEL: label})}
    now = app.clock.now()
    found = InstanceSet(InstanceSetId(0), dataset_id, "test", fingerprint, len(ids), 0, (), now)
    uow.instances.put(found, {ID: np.array(ids, dtype=np.dtypes.StringDType())})
    correct = np.asarray(outcomes["correct"], bool)
    figures: dict[str, Any] = {
        ACCURACY.name: (float(correct.mean()), mean_interval(correct.astype(np.float32)))
    }
    worst = worst_group(correct, {LABEL: label})
    figures |= {WORST_GROUP.name: worst} if worst is not None else {}
    uow.projects.define_metrics(project.id, [ACCURACY, *([WORST_GROUP] if worst is not None else [])])
    uow.evaluations.add(
        Evaluation(
            id=EvaluationId(0),
            model_id=model.id,
            dataset_id=dataset_id,
            split="test",
            instances=len(ids),
            metrics={name: value for name, (value, _) in figures.items()},
            created_at=now,
            details={"class_names": list(classes), "fingerprint": fingerprint, "slices": {}},
            environment={"imported": True},
            intervals={name: interval for name, (_, interval) in figures.items() if interval is not None},
            artifact=model.artifact,
        ),
        outcomes,
    )


def _classes(given: LabelledPredictions) -> tuple[str, ...]:
    """Return the classes in order; `InvalidInput` unless every instance has a label that is one."""
    rows = given.file.rows
    lacking = [row for row in rows if row.id not in given.labels]
    if lacking:
        message = f"{len(lacking):,} instances have no label, the first of them {lacking[0].id[:80]!r}."
        raise InvalidInput.of("labels", message, "Give one label for each prediction.")
    occur = {*given.labels.values(), *given.file.classes, *(row.prediction for row in rows)}
    classes = given.classes or tuple(sorted(occur, key=lambda name: (not name.isdecimal(), len(name), name)))
    problems = []
    if unknown := sorted(set(given.labels.values()) - set(classes)):
        problems.append(Problem("labels", f"The label {unknown[0][:80]!r} is none of the classes."))
    if len(classes) > _MOST_CLASSES:
        message = f"There are {len(classes):,} classes; at most {_MOST_CLASSES:,} can be compared."
        problems.append(Problem("predictions", message, "Predictions are class names, not texts."))
    if problems:
        raise InvalidInput(problems)
    return classes


def _dataset(uow: UnitOfWork, project: Project) -> DatasetId:
    """Return the data set that the protocol names; made where the project has none."""
    if project.protocol.quality is not None:
        return project.protocol.quality.dataset_id
    dataset = Dataset(DatasetId(0), ProjectId(int(project.id)), LOGGED, LOGGED)
    dataset_id = uow.projects.add_dataset(project.id, dataset)
    uow.projects.set_protocol(project.id, replace(project.protocol, quality=QualityCondition(dataset_id)))
    return dataset_id


def _fingerprint(ids: Sequence[str], labels: Sequence[int], classes: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([ids, labels, classes]).encode()).hexdigest()
