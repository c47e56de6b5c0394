"""Evaluations with chosen outcomes, for tests of what compares predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import SLICE
from core.services.measurements.measurements import Measurement, queue_evaluation
from core.services.models.models import get_model
from core.services.projects import projects
from core.services.queue import run_lifecycle
from core.services.queue.results import Evaluated
from core.testing.laboratory import ACCURACY, Laboratory


def answer(  # noqa: PLR0913  what a test says of one evaluation
    laboratory: Laboratory,
    model_id: ModelId,
    labels: Sequence[int],
    predictions: Sequence[int],
    *,
    class_names: Sequence[str],
    fingerprint: str = "same data",
    probabilities: Sequence[Sequence[float]] | NDArray[np.float64] | None = None,
    measured: bool = True,
    slices: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Evaluate a model once more, with these predictions for instances with these labels.

    probabilities: of every class, one row per instance; not kept where they are left out.
    measured: whether labels allow an accuracy. slices: columns of the data.
    """
    queue_evaluation(laboratory.app, [model_id], Measurement())
    run = laboratory.claim()
    assert run is not None
    assert run.model_id == model_id
    project = projects.get_project(laboratory.app, get_model(laboratory.app, model_id).model.project_id)
    right, given = np.array(labels, np.int16), np.array(predictions, np.int16)
    results = Evaluated(
        project.datasets[0].id,
        "test",
        len(right),
        {ACCURACY.name: float((right == given).mean())} if measured else {},
        {"label": right, "prediction": given, **_probabilities(probabilities), **_codes(slices or {})},
        details={
            "class_names": list(class_names),
            "fingerprint": fingerprint,
            "slices": {name: {"values": _values(column)} for name, column in (slices or {}).items()},
        },
    )
    run_lifecycle.succeed(laboratory.app, run.id, run.attempt, results)


def answer_texts(
    laboratory: Laboratory,
    model_id: ModelId,
    references: Sequence[str] | None,
    outcomes: Mapping[str, NDArray[np.generic]],
    slices: Mapping[str, Sequence[str]],
) -> None:
    """Evaluate a model once more, with written answers.

    references: right answers; None where they are not known. outcomes: `prediction`, and what else is kept of
    each, such as `loss`. slices: columns of the data.
    """
    queue_evaluation(laboratory.app, [model_id], Measurement())
    run = laboratory.claim()
    assert run is not None
    project = projects.get_project(laboratory.app, get_model(laboratory.app, model_id).model.project_id)
    count = len(outcomes["prediction"])
    judged: dict[str, NDArray[np.generic]] = {"label": np.full(count, -1), "correct": np.zeros(count, bool)}
    if references is not None:
        texts = np.array(list(references), np.dtypes.StringDType())
        judged = {"reference": texts, "correct": outcomes["prediction"] == texts}
    results = Evaluated(
        project.datasets[0].id,
        "test",
        count,
        {} if references is None else {ACCURACY.name: float(judged["correct"].mean())},
        {**outcomes, **judged, **_codes(slices)},
        details={
            "class_names": [],
            "fingerprint": "same data",
            "slices": {name: {"values": _values(column)} for name, column in slices.items()},
            "answer_functions": {"polite": "Politeness"},
        },
    )
    run_lifecycle.succeed(laboratory.app, run.id, run.attempt, results)


def _values(column: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(column))


def _codes(slices: Mapping[str, Sequence[str]]) -> dict[str, NDArray[np.generic]]:
    return {
        f"{SLICE}{name}": np.array(list(map(_values(column).index, column)), np.int16)
        for name, column in slices.items()
    }


def _probabilities(
    rows: Sequence[Sequence[float]] | NDArray[np.float64] | None,
) -> dict[str, NDArray[np.generic]]:
    if rows is None:
        return {}
    table = np.array(rows, np.float64)
    return {
        "log_probabilities": np.log(table).astype(np.float16),
        "confidence": table.max(axis=1).astype(np.float16),
    }
