"""Which instances make a loss NaN or infinite, in words for people."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from core.data.dataset import Batch
from core.errors import UnusableInput
from core.models.learnable import Learnable


def diverged(  # noqa: PLR0913  (all but four by name)
    module: nn.Module, batch: Batch, task: Learnable, loss: float, *, place: str, rate: float
) -> UnusableInput:
    """Return the error of a training whose loss of a batch, with named instances, is not finite.

    place: epoch and update. rate: the learning rate then. An instance is to blame if it alone has such a
    loss; where most have, the weights are.
    """
    culprits = without_loss(module, batch, task)
    begins = f"Training diverged {place}: the loss is {loss}"
    if not culprits or 2 * len(culprits) > len(batch.ids):
        return UnusableInput(
            f"{begins} for the batch of {len(batch.ids)} instances from {batch.ids[0]} to {batch.ids[-1]}.",
            f"Use a smaller learning rate; it was {rate:.3g} at that update.",
        )
    more = f" and {len(culprits) - 1} more of its batch" if len(culprits) > 1 else ""
    return UnusableInput(
        f"{begins} because of the training instance {culprits[0]}{more}; other instances have a finite loss.",
        "Leave that instance out of the data, or check what the model computes of it.",
    )


def without_loss(module: nn.Module, batch: Batch, task: Learnable) -> list[str]:
    """Return the names of the instances whose own loss is NaN or infinite, in evaluation mode."""
    probe = _without_statistics(module)
    with torch.no_grad():
        return [
            name
            for place, name in enumerate(batch.ids)
            if not math.isfinite(float(task.loss(probe, _single(batch, place))))
        ]


def _without_statistics(module: nn.Module) -> nn.Module:
    """Return a copy in evaluation mode; statistics that the batch made NaN are as at the beginning."""
    probe = copy.deepcopy(module).eval()
    for child in probe.modules():
        if isinstance(child, _NormBase) and not all(bool(each.isfinite().all()) for each in child.buffers()):
            child.reset_running_stats()
    return probe


def _single(batch: Batch, place: int) -> Batch:
    one, inputs = slice(place, place + 1), batch.inputs
    own = {key: value[one] for key, value in inputs.items()} if isinstance(inputs, Mapping) else inputs[one]
    return Batch(own, batch.labels[one])
