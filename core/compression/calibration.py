"""Looking at some training instances before weights are changed: how many, which ones, in what batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context
from core.data.dataset import Batch, Dataset
from core.parameters import Parameters


class CalibrationParams(Parameters):
    """How much data is looked at."""

    samples: int = Field(
        256, title="Samples", ge=1, le=1_000_000, description="Training instances looked at, drawn at random."
    )
    batch_size: int = Field(64, title="Batch size", ge=1, le=4096, description="Instances per forward pass.")


def calibration_batches(context: Context, params: CalibrationParams) -> Iterator[Batch]:
    """Return training instances chosen by the step's seed, on its device, each once; report progress.

    Raises:
        UnusableInput: there is no training data.
    """
    data = context.training_data()
    order = torch.randperm(len(data), generator=context.generator())[: params.samples]
    return _batches(data, order.split(params.batch_size), context)


def _batches(data: Dataset, parts: Sequence[Tensor], context: Context) -> Iterator[Batch]:
    for done, indices in enumerate(parts, start=1):
        yield data.batch(indices).to(context.device)
        context.progress.report(done / len(parts), "looking at data")
