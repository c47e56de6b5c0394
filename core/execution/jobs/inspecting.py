"""Looks at what every layer of a model puts out, beside the model it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compression.model import CompressibleModel
from core.data.base import Split
from core.data.dataset import Dataset, move, require_fit
from core.data.subset import part
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.queue.run import RunKind
from core.evaluation.profiling.batching import halving
from core.execution.base import RunContext, RunJob, jobs
from core.inspection.activations import activation_statistics
from core.inspection.counterparts import matched
from core.ports import Progress
from core.services.layers.layer_statistics import baseline_of
from core.services.measurements.measurements import PROBE_INSTANCES
from core.services.queue.results import Inspected, Results


@jobs.register(RunKind.LAYERS)
class Inspecting(RunJob):
    """Gathers activation statistics on a probe batch spread over the test split."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the arrays of `Probe.activations`."""
        payload = run_context.run.payload
        data = run_context.data(str(payload.get("split", Split.TEST)))
        model = run_context.checkpoint(run_context.model.id)
        instances = int(payload.get("instances", PROBE_INSTANCES))
        probe = Probe(run_context, data, instances, run_context.progress)
        return Inspected(LayerKind.ACTIVATIONS, probe.activations_against_base(model), run_context.weights)


@dataclass(frozen=True)
class Probe:
    """The instances that layers are looked at with: at most so many, or a half, fourth ... that fits."""

    run_context: RunContext
    data: Dataset
    instances: int
    progress: Progress

    def activations_against_base(self, model: CompressibleModel) -> dict[str, NDArray[Any]]:
        """Return `activations` against the model that the run's own is compared with, if there is one."""
        baseline = baseline_of(self.run_context.app, self.run_context.model.id)
        return self.activations(model, None if baseline is None else baseline.id)

    def activations(self, model: CompressibleModel, baseline_id: ModelId | None) -> dict[str, NDArray[Any]]:
        """Return the arrays of `activation_statistics`, and `baseline` `(1,)`: the other model, 0 if none.

        Raises:
            UnusableInput: the model cannot take the data.
        """
        device = self.run_context.device
        require_fit(model.module, move(self.data.examples(1), device))
        other = self.run_context.checkpoint(baseline_id) if baseline_id is not None else None
        renamed = matched(model, other, model.module).modules if other is not None else {}
        beside = other.module if other is not None else None

        def attempt(size: int) -> dict[str, NDArray[Any]]:
            chosen = part(self.data, size)
            inputs = move(chosen.examples(len(chosen)), device)
            return activation_statistics(
                model.module, inputs, baseline=beside, renamed=renamed, progress=self.progress
            )

        wanted = min(len(self.data), self.instances)
        arrays, _ = halving(attempt, wanted, say=lambda message: self.progress.report(0.0, message))
        return arrays | {"baseline": np.array([baseline_id or 0], np.int64)}
