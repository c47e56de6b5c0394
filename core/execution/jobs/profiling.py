"""Measures size, speed and memory of a model on the worker's device."""

from __future__ import annotations

from core.data.base import Split
from core.data.dataset import move
from core.domain.run import RunKind
from core.evaluation.efficiency import EFFICIENCY_METRICS
from core.evaluation.profile import LARGE_BATCH, profile, repeated
from core.execution.base import Desk, RunJob, jobs
from core.inspection.cost import module_cost
from core.services.results import Profiled, Results


@jobs.register(RunKind.PROFILE)
class Profiling(RunJob):
    """Profiles a model with inputs from the test split."""

    def perform(self, desk: Desk) -> Results:
        """Return the profile."""
        examples = desk.data(Split.TEST).examples(LARGE_BATCH)
        model = desk.checkpoint(desk.model.id)
        found = profile(model, examples, device=desk.device, progress=desk.progress)
        environment = {**desk.environment(), **found.environment}
        batch = move(repeated(examples, int(found.environment["large_batch"])), desk.device)
        return Profiled(
            device=str(environment["device"]),
            metrics=dict(found.metrics),
            definitions=EFFICIENCY_METRICS,
            environment=environment,
            cost=module_cost(model.module, batch, device=desk.device),
        )
