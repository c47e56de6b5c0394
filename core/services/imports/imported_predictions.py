"""Import predictions that were made elsewhere: they become an evaluation of a model like any other."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.data.prediction_files import PredictionFile, of_csv, of_rows, of_sample_log
from core.domain.ids import EvaluationId, ModelId
from core.domain.measurement.evaluation import LABEL, SLICE, Arrays, Evaluation
from core.domain.measurement.figures import of_artifact
from core.domain.measurement.intervals import Interval, mean_interval
from core.domain.measurement.worst_group import WORST_GROUP, worst_group
from core.domain.model import Model
from core.errors import InvalidInput, NotFound, UnusableInput
from core.persistence.figures import refresh
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.imports import parquet_rows
from core.services.imports.imported_outcomes import class_arrays, places_of, text_arrays

LARGEST_BYTES = 500_000_000
_ACCURACIES = ("top1", "accuracy", "exact_match")
"""Metrics that are the share of right predictions, by task."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImportedPredictions:
    """What an import made: the evaluation, and how many of its predictions are right."""

    evaluation: Evaluation
    right: int


@needs(Role.EDITOR)
def import_predictions(app: Application, path: Path, model_id: ModelId) -> ImportedPredictions:
    """Read predictions from a file and keep them as an evaluation of the model; all of them, or nothing.

    They must be of the instances that the project's other models were evaluated on.

    Raises:
        InvalidInput: the file cannot be read, or every line and column that is wrong.
        NotFound: there is no such model.
        UnusableInput: no model of the project was evaluated yet, or its instances are not kept.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            message = f"The file {path} has {size:,} bytes; at most {LARGEST_BYTES:,} can be read."
            raise InvalidInput.of("file", message, "Leave out columns that are not needed.")
        content = path.read_bytes()
    except OSError as error:
        message = f"The file {path} cannot be read: {error.strerror or error}."
        raise InvalidInput.of("file", message, "Give the path of a file with predictions.") from error
    return keep_predictions(app, read_predictions(path.name, content), model_id, origin=path.name)


@needs(Role.EDITOR)
def keep_predictions(
    app: Application, file: PredictionFile, model_id: ModelId, *, origin: str
) -> ImportedPredictions:
    """Keep predictions as an evaluation of the model; raises what `import_predictions` raises."""
    with app.unit_of_work(writing=True) as uow:
        model = uow.models.get([model_id]).get(model_id)
        if model is None or model.deleted_at is not None:
            raise NotFound(f"There is no model with id {model_id}.", "Choose one from the list of models.")
        uow.projects.touch(model.project_id)
        kept, right = insert_predictions(uow, app, model, file)
        subject = Subject("evaluation", (int(kept.id),), f"predictions from {origin}", model.project_id)
        note(uow, app, Action.CREATED, subject)
        refresh(uow, model.project_id, [model.id])
        uow.commit()
    facts = {"model": model_id, "evaluation": kept.id, "file": origin}
    _logger.info("Predictions imported", extra=facts)
    return ImportedPredictions(kept, right)


def insert_predictions(
    uow: UnitOfWork, app: Application, model: Model, file: PredictionFile
) -> tuple[Evaluation, int]:
    """Insert predictions as an evaluation of the model; return it and how many are right."""
    reference = _reference(uow, model)
    evaluation, outcomes = _evaluation(app, uow, model, reference, file)
    if WORST_GROUP.name in evaluation.metrics:
        uow.projects.define_metrics(model.project_id, [WORST_GROUP])
    return uow.evaluations.add(evaluation, outcomes), int(outcomes["correct"].sum())


def read_predictions(name: str, content: bytes) -> PredictionFile:
    """Return the predictions in a file: `.csv`, `.parquet`, or `.jsonl` of lm-evaluation-harness.

    Raises:
        InvalidInput: every line and column that is wrong.
        UnusableInput: Parquet cannot be read here.
    """
    kinds = {".csv": of_csv, ".jsonl": of_sample_log}
    ending = PurePath(name).suffix.lower()
    if ending == ".parquet":
        return of_rows(parquet_rows.rows(name, content))
    if ending not in kinds:
        hint = "Use .csv, .parquet, or .jsonl as lm-evaluation-harness writes it."
        raise InvalidInput.of("file", f"{name} is no kind of file with predictions.", hint)
    try:
        return kinds[ending](content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"{name} is not UTF-8 text: byte {error.object[error.start]:#04x} at {error.start:,}."
        raise InvalidInput.of("file", message, "Save it as UTF-8 and try again.") from error


def _reference(uow: UnitOfWork, model: Model) -> Evaluation:
    """Return the latest evaluation of any model under the project's protocol, oldest model first."""
    project = uow.projects.find(model.project_id)
    quality = None if project is None else project.protocol.quality
    for other in uow.models.list(model.project_id):
        current = of_artifact(uow.evaluations.of_model(other.id), other.artifact)
        found = next((one for one in current if one.condition == quality), None)
        if found is not None:
            return found
    hint = "Evaluate the model that the others are compared with first."
    raise UnusableInput("No model of the project was evaluated under its protocol.", hint)


def _evaluation(
    app: Application, uow: UnitOfWork, model: Model, reference: Evaluation, file: PredictionFile
) -> tuple[Evaluation, Arrays]:
    outcomes = uow.evaluations.outcomes(reference.id)
    places = places_of(uow, reference, file)
    class_names = tuple(map(str, reference.details.get("class_names", ())))
    own = (
        class_arrays(file, places, class_names, outcomes)
        if class_names
        else text_arrays(file, places, outcomes)
    )
    groups = {name: array for name, array in outcomes.items() if name.startswith(SLICE) or name == LABEL}
    correct = np.asarray(own["correct"], bool)
    metric = next((name for name in _ACCURACIES if name in reference.metrics), _ACCURACIES[0])
    labels = np.asarray(outcomes.get("label", np.zeros(len(correct))), np.int64)
    known = labels >= 0
    figures = {} if not known.any() else {metric: _share(correct[known])}
    worst = worst_group(correct[known], {name: array[known] for name, array in groups.items()})
    figures |= {} if worst is None else {WORST_GROUP.name: worst}
    return (
        Evaluation(
            id=EvaluationId(0),
            model_id=model.id,
            dataset_id=reference.dataset_id,
            split=reference.split,
            instances=reference.instances,
            metrics={name: value for name, (value, _) in figures.items()},
            created_at=app.clock.now(),
            details=_details(reference),
            environment={"imported": True} | _condition(reference),
            intervals={name: interval for name, (_, interval) in figures.items() if interval is not None},
            artifact=model.artifact,
        ),
        {**groups, **own},
    )


def _condition(reference: Evaluation) -> dict[str, Any]:
    """Return what makes the predictions count as measured like the reference: sample and precision."""
    told = reference.environment
    return {name: told[name] for name in ("instances_asked", "precision") if name in told}


def _share(right: NDArray[np.bool_]) -> tuple[float, Interval | None]:
    return float(right.mean()), mean_interval(right.astype(np.float32))


def _details(reference: Evaluation) -> dict[str, Any]:
    """Return what describes the data; figures per class and slice are those of another model."""
    details = reference.details
    slices = {name: {"values": each["values"]} for name, each in details.get("slices", {}).items()}
    kept = {name: details[name] for name in ("class_names", "fingerprint", "origin") if name in details}
    return kept | {"slices": slices}
