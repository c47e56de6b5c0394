"""Outcome arrays of imported predictions: which instance each row is of, and what was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.data.instances import ID
from core.domain.data.prediction_files import PredictionFile
from core.domain.measurement.evaluation import Arrays, Evaluation
from core.domain.text import shown
from core.errors import InvalidInput, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import agreeing, counted

_MOST_NAMED = 5


def places_of(uow: UnitOfWork, reference: Evaluation, file: PredictionFile) -> NDArray[np.intp]:
    """Return the position of each row's instance; `InvalidInput` unless each instance has exactly one."""
    fingerprint = str(reference.details.get("fingerprint", ""))
    kept = uow.instances.of(reference.dataset_id, reference.split, fingerprint)
    ids = () if kept is None else uow.instances.arrays(kept.id, (ID,))[ID].tolist()
    known = {str(name): place for place, name in enumerate(ids)}
    given = [row.id for row in file.rows]
    if not known or not any(name in known for name in given):
        known = {str(place): place for place in range(reference.instances)}
    problems = [
        Problem(row.place, f"{row.place.capitalize()}, column id: there is no instance {shown(row.id)}.")
        for row in file.rows
        if row.id not in known
    ]
    missing = sorted(known.keys() - set(given), key=known.__getitem__)
    if problems or missing:
        raise InvalidInput([*problems[:_MOST_NAMED], *_missing(missing, len(known))])
    return np.array([known[name] for name in given], np.intp)


def _missing(ids: Sequence[str], instances: int) -> list[Problem]:
    if not ids:
        return []
    message = (
        f"{len(ids):,} of {instances:,} instances have no prediction, the first of them {shown(ids[0])}."
    )
    return [Problem("id", message, "Write one row for every instance of the split.")]


def class_arrays(
    file: PredictionFile, places: NDArray[np.intp], class_names: tuple[str, ...], outcomes: Arrays
) -> dict[str, NDArray[np.generic]]:
    """Return the outcome arrays of predicted classes; `outcomes` has the label of each instance."""
    numbers = {name: index for index, name in enumerate(class_names)}
    by_place = {str(index): index for index in range(len(class_names))}
    if not all(row.prediction in numbers for row in file.rows):
        every = all(row.prediction in by_place for row in file.rows)  # "1" is a name or a place, never both
        numbers = by_place if every else numbers
    problems = [
        Problem(
            row.place,
            f"{row.place.capitalize()}, column prediction: there is no class {shown(row.prediction)}.",
        )
        for row in file.rows
        if row.prediction not in numbers
    ]
    strange = [name for name in file.classes if name not in class_names]
    problems += [
        Problem(name, f"The column probability:{name} names no class of the data.") for name in strange
    ]
    problems += _incomplete(file, class_names)
    if problems:
        raise InvalidInput(problems[:_MOST_NAMED])
    prediction = np.zeros(len(places), np.asarray(outcomes["label"]).dtype)
    prediction[places] = [numbers[row.prediction] for row in file.rows]
    own: dict[str, NDArray[np.generic]] = {
        "prediction": prediction,
        "correct": np.asarray(prediction == outcomes["label"]),
    }
    return own | _probabilities(file, places, class_names, prediction)


def _incomplete(file: PredictionFile, class_names: tuple[str, ...]) -> list[Problem]:
    """Return which columns are there for some instances or classes only, and so say nothing."""
    given: dict[str, list[Any]] = {"confidence": [row.confidence for row in file.rows]}
    if file.classes:
        given["probability"] = [row.probabilities for row in file.rows]
    problems = []
    for name, values in given.items():
        lacking = [row.place for row, value in zip(file.rows, values, strict=True) if value is None]
        absent = name == "confidence" and len(lacking) == len(values)  # the file has no such column
        if lacking and not absent:
            rows = f"{counted(len(lacking), 'row')} {agreeing(len(lacking), 'has', 'have')}"
            message = f"{rows} no {name}, the first of them {lacking[0]}."
            problems.append(Problem(name, message, "Fill every cell, or leave the column out."))
    if file.classes and (missing := [name for name in class_names if name not in file.classes]):
        message = f"There is no column probability:{missing[0]}."
        hint = "Give one for every class, or leave all of them out."
        problems.append(Problem(f"probability:{missing[0]}", message, hint))
    return problems


def _probabilities(
    file: PredictionFile,
    places: NDArray[np.intp],
    class_names: tuple[str, ...],
    prediction: NDArray[np.generic],
) -> dict[str, NDArray[np.generic]]:
    """Return the probabilities that a file has of every class; the confidence is that of the prediction."""
    found: dict[str, NDArray[np.generic]] = {}
    if file.classes:
        rows = np.array([row.probabilities for row in file.rows])
        table = np.zeros((len(places), len(class_names)))
        table[places] = rows[:, [file.classes.index(name) for name in class_names]]
        smallest = float(np.finfo(np.float16).smallest_subnormal)
        found["log_probabilities"] = np.log(np.maximum(table, smallest)).astype(np.float16)
        found["confidence"] = table[np.arange(len(table)), prediction.astype(np.intp)].astype(np.float16)
    sure = [row.confidence for row in file.rows]
    if "confidence" not in found and all(one is not None for one in sure):
        confidence = np.zeros(len(places), np.float16)
        confidence[places] = [one or 0.0 for one in sure]
        found["confidence"] = confidence
    return found


def text_arrays(
    file: PredictionFile, places: NDArray[np.intp], outcomes: Arrays
) -> dict[str, NDArray[np.generic]]:
    """Answers are right if the file says so, else if they are the reference but for space around."""
    texts = np.empty(len(places), object)
    texts[places] = [row.prediction for row in file.rows]
    prediction = np.array(texts.tolist(), dtype=np.dtypes.StringDType())
    said = [row.correct for row in file.rows]
    correct = np.zeros(len(places), bool)
    if all(one is not None for one in said):
        correct[places] = [bool(one) for one in said]
    elif "reference" in outcomes:
        pairs = zip(prediction.tolist(), outcomes["reference"].tolist(), strict=True)
        correct[:] = [given.strip() == str(right).strip() for given, right in pairs]
    found: dict[str, NDArray[np.generic]] = {"prediction": prediction, "correct": correct}
    return found | {name: outcomes[name] for name in ("reference", "label") if name in outcomes}
