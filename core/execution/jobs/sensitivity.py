"""Finds out which parts of a model bear a step: estimated from gradients, or measured one part at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from torch import nn

from core.comparison.metrics.bootstrap import paired_bootstrap
from core.comparison.metrics.measures import mean_measure
from core.compression.base import Context, techniques
from core.compression.model import CompressibleModel
from core.data.base import Split
from core.data.dataset import Dataset, call
from core.data.subset import part
from core.domain.ids import DatasetId
from core.domain.measurement.sensitivity import Grouping, Method
from core.domain.queue.run import RunKind
from core.domain.recipe import Step
from core.evaluation.profiling.operations import operation_counter
from core.execution.base import RunContext, RunJob, jobs
from core.execution.jobs.evaluation import evaluated
from core.execution.jobs.measured_part import measured_part
from core.inspection.estimation import Gradients, estimated
from core.inspection.sensitivity import Examination, Measured, sensitivity, verdict
from core.inspection.weights import Arrays
from core.ports import Silent
from core.services.queue.results import Results, SensitivityResult

_STEP: TypeAdapter[Step] = TypeAdapter(Step)
_GRADIENT_INSTANCES = 64
_GRADIENT_BATCH = 8


@jobs.register(RunKind.SENSITIVITY)
class Sensing(RunJob):
    """Compresses one part at a time and evaluates each result, on a part of the split if asked to."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the metrics of the model as it is, and figures by part."""
        payload = run_context.run.payload
        step = _STEP.validate_python(payload["step"])
        method = Method(payload.get("method", Method.MEASURE))
        grouping = Grouping(payload.get("grouping", Grouping.MODULE))
        split = str(payload.get("split", Split.TEST))
        data, sample = measured_part(run_context, split)
        settings: dict[str, Any] = {
            "method": method.value,
            "grouping": grouping.value,
            "asked": {name: value for name, value in payload.items() if name != "step"},
            **sample,
        }
        context = Context(
            seed=run_context.model.seed,
            device=run_context.device,
            data=run_context.data(Split.TRAIN) if techniques.get(step.technique).needs_data else None,
            task=run_context.task,
        )
        model = run_context.checkpoint(run_context.model.id)
        if method is Method.ESTIMATE:
            metrics, arrays = _estimated(run_context, model, step, context, data)
            settings["gradient_instances"] = min(len(data), _GRADIENT_INSTANCES)
        else:
            how = _examination(run_context, data, settings)
            if method is Method.VERDICT:
                metrics, arrays = verdict(model, step, context, how)
            else:
                metrics, arrays = sensitivity(model, step, context, replace(how, grouping=grouping))
        chosen = run_context.dataset()
        return SensitivityResult(
            step=step,
            dataset_id=chosen.id if chosen is not None else DatasetId(0),
            split=split,
            instances=len(data),
            metrics=dict(metrics),
            arrays=arrays,
            environment={**run_context.environment(), **settings, "weights": run_context.weights},
            weights=run_context.weights,
        )


def _estimated(
    run_context: RunContext, model: CompressibleModel, step: Step, context: Context, data: Dataset
) -> tuple[Mapping[str, float], Arrays]:
    sample = part(data, _GRADIENT_INSTANCES)
    batches = [batch.to(run_context.device) for batch in sample.batches(_GRADIENT_BATCH)]
    grouping = Grouping(run_context.run.payload.get("grouping", Grouping.MODULE))
    run_context.progress.report(0.0, "gradients")
    return estimated(model, step, context, Gradients(batches, run_context.task), grouping)


def _examination(run_context: RunContext, data: Dataset, settings: dict[str, Any]) -> Examination:
    """Return how parts are evaluated; what evaluations say of themselves is added to the settings."""
    one = next(iter(part(data, 1).batches(1))).to(run_context.device).inputs

    def evaluate(module: nn.Module) -> Measured:
        evaluation, used = evaluated(run_context, module, data, Silent())
        settings.update(used)
        return Measured(evaluation.metrics, evaluation.scores)

    def operations(module: nn.Module) -> int:
        with operation_counter() as counter:
            call(module, one)
        return int(counter.get_total_flops())

    return Examination(evaluate, _interval, operations, progress=run_context.progress)


def _interval(before: NDArray[np.generic], after: NDArray[np.generic]) -> tuple[float, float]:
    """Return the 95 % interval of the mean difference on the same instances; NaN where there is none."""
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return np.nan, np.nan
    (found,) = paired_bootstrap(mean_measure(before), [mean_measure(after)])
    return found.change.low, found.change.high
