"""Looking at some training instances before weights are changed: how many, which ones, in what batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context
from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset
from core.parameters import Parameters


class CalibrationParams(Parameters):
    """How much data is looked at."""

    samples: int = Field(
        256,
        title="Samples",
        ge=0,
        le=1_000_000,
        description="Training instances looked at, drawn at random; 0: all of them.",
    )
    batch_size: int = Field(64, title="Batch size", ge=1, le=4096, description="Instances per forward pass.")


def calibration_batches(
    model: CompressibleModel, context: Context, params: CalibrationParams
) -> Iterator[Batch]:
    """Return training instances chosen by the step's seed, on its device, each once; report progress.

    How many of how many they are is noted with the model.

    Raises:
        UnusableInput: there is no training data.
    """
    data = context.training_data()
    order = sample(data, params.samples, context)
    note_sample(model, len(order), data, context)
    return _batches(data, order.split(params.batch_size), context)


def sample(data: Dataset, most: int, context: Context) -> Tensor:
    """Return the indices of so many instances, drawn by the step's seed; 0: of all, in random order."""
    return torch.randperm(len(data), generator=context.generator())[: most or None]


def note_sample(model: CompressibleModel, instances: int, data: Dataset, context: Context) -> None:
    """Note which sample decided, since another draw gives other figures."""
    if instances < len(data):
        model.note(
            f"Calibrated on {instances:,} of {len(data):,} training instances, drawn by seed {context.seed}. "
            "Another draw gives other figures: add seeds to see the spread, or set samples to 0 for all."
        )


def _batches(data: Dataset, parts: Sequence[Tensor], context: Context) -> Iterator[Batch]:
    for done, indices in enumerate(parts, start=1):
        yield data.named_batch(indices).to(context.device)
        context.progress.report(done / len(parts), "looking at data")
