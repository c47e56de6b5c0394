"""Evaluations with chosen outcomes, for tests of what compares predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain.ids import ModelId
from core.services import projects, run_life
from core.services.measuring import Measurement, queue_evaluation
from core.services.models import get_model
from core.services.results import Evaluated
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
) -> None:
    """Evaluate a model once more, with these predictions for instances with these labels.

    probabilities: of every class, one row per instance; not kept where they are left out.
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
        {ACCURACY.name: float((right == given).mean())},
        {"label": right, "prediction": given, **_probabilities(probabilities)},
        details={"class_names": list(class_names), "fingerprint": fingerprint},
    )
    run_life.succeed(laboratory.app, run.id, run.attempt, results)


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
