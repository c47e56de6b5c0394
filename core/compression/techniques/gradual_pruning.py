"""Gradual pruning: the model is pruned a little, fine-tuned, pruned a little more, until it is sparse enough.

M. Zhu and S. Gupta, "To prune, or not to prune", 2017 (arXiv 1710.01878): after round t of n the sparsity
is s_n + (s_0 - s_n)(1 - t/n)^3, so that most weights go early, while many are left to make up for them.
Pruned weights stay zero while the others are trained. By Wanda's criterion every output channel
loses the same share, and embeddings, which have no inputs to weigh, are only trained. The last pruning is
not followed by training; add a fine-tuning step for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field
from torch import Tensor

from core.compression.base import Context, Technique, techniques
from core.compression.calibration import CalibrationParams, calibration_batches
from core.compression.layers import Layer, outputs_back, rows, sizes
from core.compression.model import CompressibleModel
from core.compression.selection.pruning import PruningParams, pools, zero_smallest
from core.compression.selection.rowwise import ranks_in_rows
from core.compression.selection.saliency import (
    above_zeros,
    has_inputs,
    input_norms,
    input_saliency,
    loss_saliency,
    random_saliency,
)
from core.compression.training.constraint import CompressionConstraint
from core.compression.training.freezing import only_touched
from core.compression.training.training_limits import INSTANCES, MAX_STEPS, schedule
from core.domain.effect import Amount, Effect
from core.domain.technique import Family, Storage
from core.models.training import train
from core.ports import PartOfProgress

Norms = Mapping[str, Tensor]


class GradualPruningParams(CalibrationParams, PruningParams):
    """How much is pruned by which criterion, in how many rounds, and the training between them."""

    rounds: int = Field(4, title="Rounds", ge=2, le=100, description="Times that weights are pruned.")
    criterion: Literal["magnitude", "gradient", "wanda", "random"] = Field(
        "magnitude",
        title="Criterion",
        description="What a weight's importance is judged by, as in the technique of that name.",
    )
    epochs: int = Field(
        1, title="Epochs", ge=1, le=1000, description="Passes over the training split between two rounds."
    )
    learning_rate: float = Field(
        0.001, title="Learning rate", gt=0, le=1, description="Highest rate; it falls to zero in every round."
    )
    max_steps: int = MAX_STEPS
    instances: int = INSTANCES


@techniques.register("gradual-pruning")
class GradualPruning(Technique[GradualPruningParams]):
    """Prunes and trains the modules that layer rules touch, in turns."""

    label = "Gradual pruning"
    family = Family.WEIGHT_PRUNING
    storage = Storage.STORED
    needs_layers = True
    prunes = True
    raw_weights = True
    headline = ("sparsity", "rounds", "weights")
    needs_data = True
    stochastic = True
    effect = Effect(zeros=(Amount("sparsity"),))
    Params = GradualPruningParams

    def apply(self, model: CompressibleModel, params: GradualPruningParams, context: Context) -> None:
        """Raise the sparsity along the cubic schedule."""
        chosen = self.layers(model, params, context)
        norms: Norms | None = None
        if params.criterion == "wanda":
            weighed = [layer for layer, _ in chosen if has_inputs(layer, model.module)]
            norms = _norms(model, weighed, params, self._part(params, 1, context))
            unseen = (layer for layer, _ in chosen if layer.parameter_name not in norms)
            self.note_left_alone(model, sizes(unseen), "their inputs cannot be weighed")
            chosen = [(layer, own) for layer, own in chosen if layer.parameter_name in norms]
        layers = [layer for layer, _ in chosen]
        competing = pools(chosen, context.rules)
        starts = [_pruned_share(model, [layers[place] for place in places]) for _, places in competing]
        for number in range(1, params.rounds + 1):
            own = self._part(params, number, context)
            scores, norms = _scores(model, layers, params, own, norms), None
            for (final, places), start in zip(competing, starts, strict=True):
                zero_smallest(
                    model,
                    [layers[place] for place in places],
                    [scores[place] for place in places],
                    scheduled(start, final, number / params.rounds),
                )
            if number < params.rounds:
                _train(model, params, own)

    @staticmethod
    def _part(params: GradualPruningParams, number: int, context: Context) -> Context:
        """Return the context of one round: its part of the progress and a seed of its own."""
        part = PartOfProgress(context.progress, (number - 1) / params.rounds, number / params.rounds)
        return replace(context, progress=part, seed=context.seed + number)


def scheduled(start: float, final: float, done: float) -> float:
    """Return the sparsity after the share `done` of all rounds; never less than at the start."""
    return final + (min(start, final) - final) * (1 - done) ** 3


def _pruned_share(model: CompressibleModel, layers: Sequence[Layer]) -> float:
    masks = [model.pruned.get(layer.parameter_name) for layer in layers]
    pruned = sum(int(mask.sum()) for mask in masks if mask is not None)
    return pruned / max(1, sum(layer.weight.numel() for layer in layers))


def _norms(
    model: CompressibleModel, layers: Sequence[Layer], params: GradualPruningParams, context: Context
) -> Norms:
    """Return the norms of inputs by parameter name, of the layers whose inputs can be seen."""
    return input_norms(model.module, layers, calibration_batches(model, context, params))


def _scores(
    model: CompressibleModel,
    layers: Sequence[Layer],
    params: GradualPruningParams,
    context: Context,
    norms: Norms | None,
) -> Sequence[Tensor]:
    """Return how much each weight matters now; norms: of inputs, where they are known already."""
    if params.criterion == "magnitude":
        return [layer.weight for layer in layers]
    if params.criterion == "random":
        return random_saliency(layers, context.generator())
    if params.criterion == "wanda":
        known = norms or _norms(model, layers, params, context)
        return [
            _within_channels(layer, input_saliency(layer, known[layer.parameter_name])) for layer in layers
        ]
    batches = calibration_batches(model, context, params)
    return loss_saliency(model.module, layers, batches, context.training_task())


def _within_channels(layer: Layer, scores: Tensor) -> Tensor:
    """Return scores by which every output channel loses the same share, as Wanda wants it."""
    ranks = ranks_in_rows(rows(scores, layer.output_axis))
    return above_zeros(layer.weight.detach(), outputs_back(ranks, scores.shape, layer.output_axis))


def _train(model: CompressibleModel, params: GradualPruningParams, context: Context) -> None:
    with only_touched(model.module, context.rules):
        train(
            model.module,
            context.training_data(),
            task=context.training_task(),
            schedule=schedule(params),
            seed=context.seed,
            progress=context.progress,
            watch=context.watch,
            constraint=CompressionConstraint(model),
        )
