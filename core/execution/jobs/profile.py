"""Measures size, speed and memory of a model on the worker's device, and looks at its layers."""

from __future__ import annotations

import logging

from core.compression.model import CompressibleModel
from core.data.base import Split
from core.data.dataset import Dataset, move
from core.domain.measurement.evaluation import Arrays
from core.domain.queue.run import RunKind
from core.errors import Conflict
from core.evaluation.profiling.efficiency import EFFICIENCY_METRICS
from core.evaluation.profiling.profile import LARGE_BATCH, profile, repeated
from core.execution.base import RunContext, RunJob, jobs
from core.execution.device.numerics import as_pytorch_does
from core.execution.jobs.inspecting import Probe
from core.execution.progress import PartOfProgress
from core.inspection.arithmetic import model_cost
from core.services.measurements.measurements import PROBE_INSTANCES
from core.services.queue.results import Profiled, Results

log = logging.getLogger(__name__)


@jobs.register(RunKind.PROFILE)
class Profiling(RunJob):
    """Profiles a model with inputs from the test split."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the profile, with cost by module and activation statistics."""
        data = run_context.data(Split.TEST)
        examples = data.examples(LARGE_BATCH)
        model = run_context.checkpoint(run_context.model.id)
        progress = PartOfProgress(run_context.progress, 0.0, 0.7)
        with as_pytorch_does():
            found = profile(model, examples, device=run_context.device, progress=progress)
            chosen = run_context.dataset()
            on_data = {} if chosen is None else {"dataset_id": int(chosen.id)}
            environment = {**run_context.environment(), **found.environment, **on_data}
            batch = move(repeated(examples, int(found.environment["large_batch"])), run_context.device)
            cost = model_cost(model, batch, device=run_context.device)
        return Profiled(
            device=str(environment["device"]),
            metrics=dict(found.metrics),
            definitions=EFFICIENCY_METRICS,
            environment=environment,
            cost=cost,
            activations=_activations(run_context, model, data),
            intervals=found.intervals,
            weights=run_context.weights,
        )


def _activations(run_context: RunContext, model: CompressibleModel, data: Dataset) -> Arrays | None:
    """Return activation statistics, None where they cannot be had: the profile is worth having without."""
    progress = PartOfProgress(run_context.progress, 0.7, 1.0)
    try:
        return Probe(run_context, data, PROBE_INSTANCES, progress).activations_against_base(model)
    except Conflict:
        raise
    except Exception:
        log.exception(
            "Profile without activations", extra={"action": "no_activations", "run": run_context.run.id}
        )
        return None
