"""What a step does to the loss through each part, estimated from gradients: no result is evaluated.

The loss of the model with the step applied to all parts differs by the integral of its gradient along the
straight way there, g(w + t d).d over t from 0 to 1; the products with a part's own change d are its share
(M. Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, for inputs). Few
points suffice for their order. One gradient at the model itself, with or without curvature (Z. Dong et al.,
"HAWQ-V2", NeurIPS 2020), says little where the loss is near zero, as it is flat there. The shares add up to
what the whole step does, so a part's share includes what it does together with others. What a step rounds
besides weights, such as activations, is not in it.
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


@dataclass(frozen=True)
class Gradients:
    """What gradients are taken of: the loss of a task on a few instances."""

    batches: Sequence[Batch]
    task: Learnable


def estimated(
    model: CompressibleModel, step: Step, context: Context, gradients: Gradients, grouping: Grouping
) -> tuple[Mapping[str, float], Arrays]:
    """Return the mean loss along the way, and arrays `(parts,)` as those of `sensitivity` without metrics.

    estimate: float64, the part's share of the change of the loss in nats.

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
    return {"loss_on_the_way": loss}, described(rows) | {"estimate": np.array([row.estimate for row in rows])}


def _applied(model: CompressibleModel, step: Step, context: Context) -> CompressibleModel:
    """Return the model with the step applied to every layer, each competing with nobody but itself."""
    alone = (("", dict(step.parameters)), *step.rules.overrides) if step.parameters else step.rules.overrides
    rules = replace(step.rules, overrides=alone)
    return apply_step(step.technique, step.parameters, rules, model, replace(context, progress=Silent()))


def change_of_loss(
    model: CompressibleModel, result: CompressibleModel, found: Sequence[LayerGroup], gradients: Gradients
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean loss along the way, and the share `(parts,)` of the change that each part has.

    The points are the middles of equal pieces of the path from the model to the result.
    """
    moving = model.copy()
    names = [layer.parameter_name for part in found for layer in part.layers]
    owner = [place for place, part in enumerate(found) for _ in part.layers]
    weights = [moving.module.get_parameter(name) for name in names]
    starts = [weight.detach().clone() for weight in weights]
    moves = [
        result.module.get_parameter(name).detach().to(start.device) - start
        for name, start in zip(names, starts, strict=True)
    ]
    shares, losses = np.zeros(len(found)), []
    with differentiable(weights), torch.enable_grad(), repeatable_attention(), sound_gradients(moving.module):
        for point in range(POINTS):
            with torch.no_grad():
                for weight, start, move in zip(weights, starts, moves, strict=True):
                    weight.copy_(start + (point + 0.5) / POINTS * move)
            for batch in gradients.batches:
                loss = gradients.task.loss(moving.module, batch)
                each = torch.autograd.grad(loss, weights, allow_unused=True)
                for place, gradient, move in zip(owner, each, moves, strict=True):
                    shares[place] += _dot(gradient, move) / (POINTS * len(gradients.batches))
                losses.append(float(loss.detach()))
    if not losses or not np.isfinite([*losses, *shares]).all():
        raise UnusableInput(
            "The loss on the sample is not a number on the way to the compressed model, so its change cannot "
            "be estimated.",
            "Check the model and its data first, or choose a milder step.",
        )
    return float(np.mean(losses)), shares


def _dot(gradient: Tensor | None, move: Tensor) -> float:
    return 0.0 if gradient is None else float((gradient.detach().double() * move.double()).sum())
