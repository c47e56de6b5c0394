"""What a step does to the loss through each part, estimated from gradients: no result is evaluated.

Compressing a part moves its weights by d. The loss then changes by about g.d + d.H.d / 2, with the mean
gradient g and the empirical Fisher matrix H at the model (S. Singh and D. Alistarh, "WoodFisher", NeurIPS
2020): d.H.d is the mean square of what single instances lose to first order, so H is not made. Small batches
do for single instances: the variance of their means, times their size, is that of instances.

Where the loss is near zero, gradients vanish and this says nothing. It shows by all parts together being far
from what the whole step does to the loss; then each part gets its share of the integral of the gradient along
the straight way to the compressed model, g(w + t d).d for t from 0 to 1 (M. Sundararajan, A. Taly, Q. Yan,
"Axiomatic Attribution for Deep Networks", ICML 2017, for inputs), which has what parts do together in it.
What a step rounds besides weights, such as activations, is in neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compression.base import Context, apply_step
from core.compression.model import CompressibleModel
from core.compression.selection.saliency import differentiable
from core.data.dataset import Batch
from core.domain.measurement.sensitivity import Grouping
from core.domain.recipe import Step
from core.errors import UnusableInput
from core.inspection.layer_groups import LayerGroup
from core.inspection.sensitivity import after, described, require_parts, row_of
from core.inspection.weights import Arrays
from core.models.convolutions import sound_gradients
from core.models.learnable import Learnable
from core.models.training import repeatable_attention
from core.ports import Silent

POINTS = 4
"""Gradients along the way."""
FLAT = 0.01
"""Share of what the whole step does to the loss, below which estimates at the model say nothing."""


@dataclass(frozen=True)
class Gradients:
    """What gradients are taken of: the loss of a task on a few instances, in small batches of one size."""

    batches: Sequence[Batch]
    task: Learnable


def estimated(
    model: CompressibleModel, step: Step, context: Context, gradients: Gradients, grouping: Grouping
) -> tuple[Mapping[str, float], Arrays]:
    """Return the mean loss, and arrays `(parts,)` as those of `sensitivity` without metrics.

    estimate: float64, the change of the loss in nats if only that part is compressed.

    Raises:
        UnusableInput: the rules leave no layer, the step changes shapes, or the loss is not a number.
    """
    found = require_parts(model, step, grouping)
    result = _applied(model, step, context)
    parameters = dict(result.module.named_parameters())
    changed = [
        layer.parameter_name
        for part in found
        for layer in part.layers
        if layer.parameter_name not in parameters
        or parameters[layer.parameter_name].shape != layer.weight.shape
    ]
    if changed:
        raise UnusableInput(
            f"The step changes the shape of {changed[0]}, so its effect cannot be estimated from gradients.",
            "Measure the sensitivity instead.",
        )
    rows = [after(row_of(model, part), result) for part in found]
    loss, estimates = change_of_loss(model, result, found, gradients)
    rows = [replace(row, estimate=float(value)) for row, value in zip(rows, estimates, strict=True)]
    return {"loss_on_the_sample": loss}, described(rows) | {
        "estimate": np.array([row.estimate for row in rows])
    }


def _applied(model: CompressibleModel, step: Step, context: Context) -> CompressibleModel:
    """Return the model with the step applied to every layer, each competing with nobody but itself."""
    alone = (("", dict(step.parameters)), *step.rules.overrides) if step.parameters else step.rules.overrides
    rules = replace(step.rules, overrides=alone)
    return apply_step(step.technique, step.parameters, rules, model, replace(context, progress=Silent()))


def change_of_loss(
    model: CompressibleModel, result: CompressibleModel, found: Sequence[LayerGroup], gradients: Gradients
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean loss, and its change `(parts,)` if only that part is as in the result."""
    if not gradients.batches:
        raise UnusableInput("There is no instance to estimate with.", "Choose data with instances.")
    moving = _Moving(model, result, found, gradients)
    losses, lost = moving.at(0.0)
    mean, size = lost.mean(axis=0), len(gradients.batches[0].labels)
    spread = lost.var(axis=0, ddof=1) * size if len(lost) > 1 else np.zeros(len(found))
    estimates = mean + (mean**2 + spread) / 2
    whole = moving.loss(1.0) - losses.mean()
    if not np.isfinite(estimates).all() or not np.isfinite(losses).all():
        raise UnusableInput(
            "The loss on the sample or its gradient is not a number, so its change cannot be estimated.",
            "Check the model and its data first.",
        )
    if np.isfinite(whole) and abs(estimates.sum()) < FLAT * abs(whole):
        along = [moving.at((point + 0.5) / POINTS)[1].mean(axis=0) for point in range(POINTS)]
        shares: NDArray[np.float64] = np.mean(along, axis=0)
        estimates = shares if np.isfinite(shares).all() else estimates
    return float(losses.mean()), estimates


class _Moving:
    """A copy of a model on the straight way to a result."""

    def __init__(
        self,
        model: CompressibleModel,
        result: CompressibleModel,
        found: Sequence[LayerGroup],
        gradients: Gradients,
    ) -> None:
        self._module, self._gradients, self._parts = model.copy().module, gradients, len(found)
        names = [layer.parameter_name for part in found for layer in part.layers]
        self._owner = [place for place, part in enumerate(found) for _ in part.layers]
        self._weights = [self._module.get_parameter(name) for name in names]
        self._starts = [weight.detach().clone() for weight in self._weights]
        self._moves = [
            result.module.get_parameter(name).detach().to(start.device) - start
            for name, start in zip(names, self._starts, strict=True)
        ]

    def at(self, share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return losses `(batches,)` and products of gradients and whole moves `(batches, parts)`."""
        self._go(share)
        batches, losses = self._gradients.batches, []
        products = np.zeros((len(batches), self._parts))
        with (
            differentiable(self._weights),
            torch.enable_grad(),
            repeatable_attention(),
            sound_gradients(self._module),
        ):
            for row, batch in zip(products, batches, strict=True):
                loss = self._gradients.task.loss(self._module, batch)
                each = torch.autograd.grad(loss, self._weights, allow_unused=True)
                for place, gradient, move in zip(self._owner, each, self._moves, strict=True):
                    row[place] += _dot(gradient, move)
                losses.append(float(loss.detach()))
        return np.array(losses), products

    def loss(self, share: float) -> float:
        """Return the mean loss."""
        self._go(share)
        with torch.no_grad(), repeatable_attention():
            losses = [
                float(self._gradients.task.loss(self._module, batch)) for batch in self._gradients.batches
            ]
        return float(np.mean(losses))

    def _go(self, share: float) -> None:
        with torch.no_grad():
            for weight, start, move in zip(self._weights, self._starts, self._moves, strict=True):
                weight.copy_(start + share * move)


def _dot(gradient: Tensor | None, move: Tensor) -> float:
    return 0.0 if gradient is None else float((gradient.detach().double() * move.double()).sum())
