"""Looks at what every layer of a model puts out, beside the model it is compared with."""

from __future__ import annotations

import numpy as np

from core.data.base import Split
from core.data.dataset import move
from core.data.part import part
from core.domain.evaluation import LayerKind
from core.domain.run import RunKind
from core.evaluation.batching import halving
from core.execution.base import Desk, RunJob, jobs
from core.inspection.activations import activation_statistics
from core.inspection.weights import Arrays
from core.services.layers import baseline_of
from core.services.measuring import PROBE_INSTANCES
from core.services.results import Inspected, Results


@jobs.register(RunKind.LAYERS)
class Inspecting(RunJob):
    """Gathers activation statistics on a probe batch spread over the test split."""

    def perform(self, desk: Desk) -> Results:
        """Return the arrays of `activation_statistics`, and `baseline` `(1,)`: the other model, 0 if none."""
        payload = desk.run.payload
        data = desk.data(str(payload.get("split", Split.TEST)))
        model = desk.checkpoint(desk.model.id)
        baseline = baseline_of(desk.app, desk.model.id)
        other = desk.checkpoint(baseline.id).module if baseline is not None else None

        def attempt(instances: int) -> Arrays:
            chosen = part(data, instances)
            inputs = move(chosen.examples(len(chosen)), desk.device)
            return activation_statistics(model.module, inputs, baseline=other, progress=desk.progress)

        wanted = min(len(data), int(payload.get("instances", PROBE_INSTANCES)))
        arrays, _ = halving(attempt, wanted, say=lambda message: desk.progress.report(0.0, message))
        chosen = np.array([baseline.id if baseline is not None else 0], np.int64)
        return Inspected(LayerKind.ACTIVATIONS, {**arrays, "baseline": chosen})
