"""Looks at what every layer of a model puts out, beside the model it is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from core.data.base import Split
from core.data.dataset import Dataset, move, require_fit
from core.data.part import part
from core.domain.evaluation import LayerKind
from core.domain.run import RunKind
from core.evaluation.batching import halving
from core.execution.base import Desk, RunJob, jobs
from core.inspection.activations import activation_statistics
from core.ports import Progress
from core.services.layers import baseline_of
from core.services.measuring import PROBE_INSTANCES
from core.services.results import Inspected, Results


@jobs.register(RunKind.LAYERS)
class Inspecting(RunJob):
    """Gathers activation statistics on a probe batch spread over the test split."""

    def perform(self, desk: Desk) -> Results:
        """Return the arrays of `activations`."""
        payload = desk.run.payload
        data = desk.data(str(payload.get("split", Split.TEST)))
        module = desk.checkpoint(desk.model.id).module
        instances = int(payload.get("instances", PROBE_INSTANCES))
        found = activations(desk, module, data, instances, desk.progress)
        return Inspected(LayerKind.ACTIVATIONS, found, desk.weights)


def activations(
    desk: Desk, module: nn.Module, data: Dataset, instances: int, progress: Progress
) -> dict[str, NDArray[Any]]:
    """Return the arrays of `activation_statistics`, and `baseline` `(1,)`: the other model, 0 if none.

    At most so many instances make the probe batch, or the largest half of them that fits into memory.

    Raises:
        UnusableInput: the model cannot take the data.
    """
    require_fit(module, move(data.examples(1), desk.device))
    baseline = baseline_of(desk.app, desk.model.id)
    other = desk.checkpoint(baseline.id).module if baseline is not None else None

    def attempt(size: int) -> dict[str, NDArray[Any]]:
        chosen = part(data, size)
        inputs = move(chosen.examples(len(chosen)), desk.device)
        return activation_statistics(module, inputs, baseline=other, progress=progress)

    wanted = min(len(data), instances)
    arrays, _ = halving(attempt, wanted, say=lambda message: progress.report(0.0, message))
    return arrays | {"baseline": np.array([baseline.id if baseline is not None else 0], np.int64)}
