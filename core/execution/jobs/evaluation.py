"""Predicts every instance of a data split and keeps the outcome of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from core.data.base import Split
from core.data.dataset import Dataset
from core.data.text.encoded import EncodedTexts
from core.data.text.reading import Form
from core.domain.ids import DatasetId
from core.domain.measurement.intervals import Interval
from core.domain.measurement.worst_group import WORST_GROUP, worst_group
from core.domain.metric import MetricDefinition
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.evaluation.answer_functions import answer_columns
from core.evaluation.base import Evaluation
from core.evaluation.image_preparation import preparation_remark
from core.evaluation.precision import computing_in
from core.evaluation.profiling.batching import halving
from core.evaluation.slices import sliced
from core.execution.base import RunContext, RunJob, jobs
from core.execution.data.kept_instances import keep_once
from core.execution.expected_images import expected_preparation, was_imported
from core.execution.jobs.measured_part import measured_part
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule
from core.ports import Progress, Silent
from core.services.queue.results import Evaluated, Results

_BATCH_SIZE = 256
_NAMED_PROBLEMS = 100


@jobs.register(RunKind.EVALUATE)
class Evaluating(RunJob):
    """Evaluates a model on the test split unless the run asks for another one."""

    def perform(self, run_context: RunContext) -> Results:
        """Return metrics and outcomes."""
        split = str(run_context.run.payload.get("split", Split.TEST))
        data, sample = measured_part(run_context, split)
        chosen = run_context.dataset()
        model = run_context.checkpoint(run_context.model.id)
        evaluation, settings = evaluated(run_context, model.module, data, run_context.progress)
        if "group" not in sample:  # whose instances are kept with all others
            keep_once(run_context.app, chosen, split, data)
        columns, labels, remarks = _answer_columns(evaluation, data)
        slice_of, slice_figures = sliced(data.slices, evaluation.scores)
        outcomes = {**evaluation.outcomes, **slice_of, **columns}
        remarks += preparation_remarks(run_context, model.module, data, evaluation)
        details = _details(evaluation, data, remarks)
        worst, spread = _worst(evaluation, outcomes, run_context.task.metrics[0])
        return Evaluated(
            dataset_id=chosen.id if chosen is not None else DatasetId(0),
            split=split,
            instances=evaluation.instances,
            metrics={**evaluation.metrics, **worst},
            outcomes=outcomes,
            definitions=(*run_context.task.metrics, *([WORST_GROUP] if worst else [])),
            details=details | {"slices": _finite(slice_figures), "answer_functions": labels},
            environment={**run_context.environment(), **settings, **sample},
            intervals={**evaluation.uncertainty, **spread},
            weights=run_context.weights,
        )


def evaluated(
    run_context: RunContext, module: nn.Module, data: Dataset, progress: Progress
) -> tuple[Evaluation, dict[str, Any]]:
    """Evaluate in the precision and with the batch size that the run asks for, or the largest half that fits.

    Return the evaluation, and precision and batch size as they were.
    """
    precision = str(run_context.run.payload.get("precision", "float32"))
    if isinstance(module, OnnxModule) and precision != "float32":
        raise UnusableInput(
            f"{RUNTIME} computes in the types that the file holds, not in {precision}.",
            "Evaluate it in float32; the file's own types stay as they are.",
        )

    def attempt(size: int) -> Evaluation:
        with computing_in(precision, module, run_context.device):
            return run_context.task.evaluate(
                module, data, batch_size=size, device=run_context.device, progress=progress
            )

    asked = int(run_context.run.payload.get("batch_size", _BATCH_SIZE))
    evaluation, size = halving(attempt, asked, say=lambda message: progress.report(0.0, message))
    return evaluation, {"precision": precision, "batch_size": size, "batch_size_asked": asked}


def preparation_remarks(
    run_context: RunContext, module: nn.Module, data: Dataset, evaluation: Evaluation
) -> list[str]:
    """Return the warning that images seem to be prepared in another way than an imported base expects.

    A base that says itself what it expects was compared with the data when it was imported.
    """
    leading = run_context.task.metrics[0].name
    right = evaluation.scores.get(leading)
    if right is None or not np.isin(right, (0, 1)).all() or not was_imported(run_context):
        return []
    if expected_preparation(run_context) is not None:
        return []

    def judge(sample: Dataset) -> NDArray[np.bool_]:
        scores = evaluated(run_context, module, sample, Silent())[0].scores
        return np.asarray(scores[leading] == 1)

    said = preparation_remark(data, right == 1, judge)
    return [said] if said else []


def _worst(
    evaluation: Evaluation, outcomes: Mapping[str, NDArray[Any]], leading: MetricDefinition
) -> tuple[dict[str, float], dict[str, Interval]]:
    """Return the worst group and its interval by the task's leading metric, where that is a share."""
    right = evaluation.scores.get(leading.name)
    if right is None or not np.isin(right, (0, 1)).all():
        return {}, {}
    found = worst_group(right == 1, outcomes)
    if found is None:
        return {}, {}
    value, interval = found
    return {WORST_GROUP.name: value}, {} if interval is None else {WORST_GROUP.name: interval}


def _answer_columns(
    evaluation: Evaluation, data: Dataset
) -> tuple[dict[str, NDArray[Any]], dict[str, str], list[str]]:
    """Return what plug-ins' functions say of written answers; nothing of classes."""
    if not isinstance(data, EncodedTexts) or data.reader.form is Form.CLASSIFICATION:
        return {}, {}, []
    return answer_columns(list(map(str, evaluation.outcomes["prediction"].tolist())), data.answers)


def _details(evaluation: Evaluation, data: Dataset, remarks: Sequence[str]) -> dict[str, Any]:
    """Return what is not one number, as JSON; of many unreadable instances the first are named."""
    return {
        "class_names": list(evaluation.class_names),
        "per_class": {name: _finite(values.tolist()) for name, values in evaluation.per_class.items()},
        "problems": list(data.problems[:_NAMED_PROBLEMS]),
        "problem_count": len(data.problems),
        "remarks": [*evaluation.remarks, *remarks],
        "without_answer": list(evaluation.without_answer[:_NAMED_PROBLEMS]),
        "without_answer_count": len(evaluation.without_answer),
        "fingerprint": data.fingerprint(),
        "origin": data.origin,
    }


def _finite(value: Any) -> Any:
    """Return JSON values with None for NaN and infinity, which JSON does not know."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
