"""Predicts every instance of a data split and keeps the outcome of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.base import Split
from core.domain.ids import DatasetId
from core.domain.run import RunKind
from core.execution.base import Desk, RunJob, jobs
from core.services.results import Evaluated, Results

_BATCH_SIZE = 256


@jobs.register(RunKind.EVALUATE)
class Evaluating(RunJob):
    """Evaluates a model on the test split unless the run asks for another one."""

    def perform(self, desk: Desk) -> Results:
        """Return metrics and outcomes."""
        split = str(desk.run.payload.get("split", Split.TEST))
        data = desk.data(split)
        chosen = desk.dataset()
        model = desk.checkpoint(desk.model.id)
        evaluation = desk.task.evaluate(
            model.module,
            data,
            batch_size=int(desk.run.payload.get("batch_size", _BATCH_SIZE)),
            device=desk.device,
            progress=desk.progress,
        )
        return Evaluated(
            dataset_id=chosen.id if chosen is not None else DatasetId(0),
            split=split,
            instances=evaluation.instances,
            metrics=dict(evaluation.metrics),
            outcomes=dict(evaluation.outcomes),
            definitions=tuple(desk.task.metrics),
            details=_details(evaluation.class_names, evaluation.per_class, data.problems),
            environment=desk.environment(),
        )


def _details(
    class_names: tuple[str, ...], per_class: Mapping[str, NDArray[np.generic]], problems: tuple[str, ...]
) -> dict[str, Any]:
    lists = {name: [_finite(value) for value in values.tolist()] for name, values in per_class.items()}
    return {"class_names": list(class_names), "per_class": lists, "problems": list(problems)}


def _finite(value: float) -> float | None:
    """JSON knows no NaN; a class without instances has no accuracy."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
