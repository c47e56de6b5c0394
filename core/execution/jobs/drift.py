"""Finds layers whose output drifts most for a group of instances, against random groups of its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from core.data.base import Split
from core.data.dataset import Dataset, Inputs, move, require_fit
from core.data.text.encoded import EncodedTexts
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.jobs.pairs import require_alike
from core.inspection.counterparts import matched
from core.inspection.drift import group_drift, instance_drift
from core.services.queue.results import Drifted, Results

OTHERS = 4
"""Others that are looked at for each instance of the group, from which the random groups are drawn."""
FEWEST_OTHERS = 64
_AT_ONCE = 16
_MOST_NAMED = 3


@jobs.register(RunKind.DRIFT)
class Drifting(RunJob):
    """Measures the drift of a group and of others, with a seed of its own, and compares them."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the arrays of `group_drift`, with `module` and `call` of each layer.

        Raises:
            UnusableInput: an instance is not in the data, or there are too few others to compare with.
        """
        payload = run_context.run.payload
        baseline_id = ModelId(int(payload["baseline_id"]))
        data = run_context.data(str(payload.get("split", Split.TEST)))
        chosen, others = _rows(data, [str(name) for name in payload["ids"]], seed=int(payload.get("seed", 0)))
        model, baseline = run_context.checkpoint(run_context.model.id), run_context.checkpoint(baseline_id)
        require_fit(model.module, move(data.examples(1), run_context.device))
        require_alike(run_context, data, baseline_id)
        renamed = matched(model, baseline, model.module).modules
        batches = _batches(run_context, data, [*chosen, *others])
        keys, drift = instance_drift(model.module, baseline.module, batches, renamed)
        arrays: Arrays = {
            "module": np.array([key.module for key in keys], dtype=np.dtypes.StringDType()),
            "call": np.array([key.number for key in keys], np.int64),
            "instances": np.array([len(chosen), len(others)], np.int64),
            **group_drift(drift, len(chosen), seed=int(payload.get("seed", 0))),
        }
        return Drifted(
            baseline_id, str(payload["key"]), arrays, run_context.weights, run_context.weights_of(baseline_id)
        )


def _rows(data: Dataset, ids: Sequence[str], *, seed: int) -> tuple[list[int], list[int]]:
    """Return the places of the group's instances, and of others drawn at random."""
    places = {str(name): row for row, name in enumerate(data.ids)}
    missing = [name for name in ids if name not in places]
    if missing:
        shown = ", ".join(missing[:_MOST_NAMED])
        raise UnusableInput(
            f"{len(missing)} of {len(ids)} instances are not in the data: {shown}.",
            "The data set changed since; choose the instances anew.",
        )
    chosen = [places[name] for name in ids]
    rest = np.setdiff1d(np.arange(len(data)), chosen)
    if len(rest) < len(chosen):
        raise UnusableInput(
            f"The group has {len(chosen):,} of {len(data):,} instances, so that there is no random group of "
            "its size among the others.",
            "Choose at most half of the instances.",
        )
    wanted = min(len(rest), max(FEWEST_OTHERS, OTHERS * len(chosen)))
    drawn = np.random.default_rng(seed).choice(rest, wanted, replace=False)
    return chosen, sorted(int(row) for row in drawn)


def _batches(run_context: RunContext, data: Dataset, rows: Sequence[int]) -> Iterator[Inputs]:
    """Yield inputs, texts one by one: what is put out for padding is no drift."""
    at_once = 1 if isinstance(data, EncodedTexts) else _AT_ONCE
    for start in range(0, len(rows), at_once):
        run_context.progress.report(start / len(rows), f"instance {start:,} of {len(rows):,}")
        inputs = data.batch(torch.tensor(rows[start : start + at_once])).inputs
        yield move(inputs, run_context.device)
