"""Finds out which layers of a model bear a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from torch import nn

from core.compression.base import Context, techniques
from core.data.base import Split
from core.data.part import part
from core.domain.ids import DatasetId
from core.domain.recipe import Step
from core.domain.run import RunKind
from core.execution.base import Desk, RunJob, jobs
from core.execution.jobs.evaluating import evaluated
from core.inspection.sensitivity import sensitivity
from core.ports import Silent
from core.services.results import Results, Sensed

_STEP: TypeAdapter[Step] = TypeAdapter(Step)


@jobs.register(RunKind.SENSITIVITY)
class Sensing(RunJob):
    """Compresses one layer at a time and evaluates each result, on a part of the split if asked to."""

    def perform(self, desk: Desk) -> Results:
        """Return the metrics of the model as it is, and figures by layer."""
        payload = desk.run.payload
        step = _STEP.validate_python(payload["step"])
        split = str(payload.get("split", Split.TEST))
        data = part(desk.data(split), payload.get("instances"))
        settings: dict[str, Any] = {}

        def evaluate(module: nn.Module) -> Mapping[str, float]:
            evaluation, used = evaluated(desk, module, data, Silent())
            settings.update(used)
            return evaluation.metrics

        context = Context(
            seed=desk.model.seed,
            device=desk.device,
            data=desk.data(Split.TRAIN) if techniques.get(step.technique).needs_data else None,
            task=desk.task,
        )
        model = desk.checkpoint(desk.model.id)
        metrics, arrays = sensitivity(model, step, context, evaluate, desk.progress)
        chosen = desk.dataset()
        return Sensed(
            step=step,
            dataset_id=chosen.id if chosen is not None else DatasetId(0),
            split=split,
            instances=len(data),
            metrics=dict(metrics),
            arrays=arrays,
            environment={**desk.environment(), **settings},
            weights=desk.weights,
        )
