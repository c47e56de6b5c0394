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
from core.execution.base import Desk, RunJob, jobs
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

    def perform(self, desk: Desk) -> Results:
        """Return the profile, with cost by module and activation statistics."""
        data = desk.data(Split.TEST)
        examples = data.examples(LARGE_BATCH)
        model = desk.checkpoint(desk.model.id)
        progress = PartOfProgress(desk.progress, 0.0, 0.7)
        with as_pytorch_does():
            found = profile(model, examples, device=desk.device, progress=progress)
            chosen = desk.dataset()
            on_data = {} if chosen is None else {"dataset_id": int(chosen.id)}
            environment = {**desk.environment(), **found.environment, **on_data}
            batch = move(repeated(examples, int(found.environment["large_batch"])), desk.device)
            cost = model_cost(model, batch, device=desk.device)
        return Profiled(
            device=str(environment["device"]),
            metrics=dict(found.metrics),
            definitions=EFFICIENCY_METRICS,
            environment=environment,
            cost=cost,
            activations=_activations(desk, model, data),
            intervals=found.intervals,
            weights=desk.weights,
        )


def _activations(desk: Desk, model: CompressibleModel, data: Dataset) -> Arrays | None:
    """Return activation statistics, None where they cannot be had: the profile is worth having without."""
    progress = PartOfProgress(desk.progress, 0.7, 1.0)
    try:
        return Probe(desk, data, PROBE_INSTANCES, progress).activations_against_base(model)
    except Conflict:
        raise
    except Exception:
        log.exception("Profile without activations", extra={"action": "no_activations", "run": desk.run.id})
        return None
