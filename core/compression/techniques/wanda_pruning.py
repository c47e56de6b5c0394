"""Wanda: the weights with the smallest |weight| x norm of their input go, within each output channel.

M. Sun, Z. Liu, A. Bair and J. Z. Kolter, "A Simple and Effective Pruning Approach for Large Language
Models", ICLR 2024 (arXiv 2306.11695). A small weight matters if its input is large; a few batches of
training data show how large. Of a convolution, all kernel positions of an input channel share its norm.
Embeddings have no inputs to weigh, so they and output layers tied to them are left alone, and so are
recurrent layers and joint projections of torch's attention, which do not show theirs, and layers that the
model does not call, such as heads for training only. With a pattern such
as 2:4, that many of each group of neighbouring inputs stay, and the sparsity follows from it. The paper
compares weights of one output channel only, and finds that best; whole layers, or all of them, may compete.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import Tensor

from core.compression.base import Context, Technique, techniques
from core.compression.calibration import CalibrationParams, calibration_batches
from core.compression.layers import Axes, outputs_back, rows, sizes
from core.compression.model import CompressibleModel
from core.compression.selection.patterns import Pattern
from core.compression.selection.pruning import pools, zero_smallest
from core.compression.selection.rowwise import shared_out, smallest_in_rows
from core.compression.selection.saliency import has_inputs, input_norms, input_saliency
from core.domain.effect import Amount, Effect
from core.domain.technique import Family, Storage
from core.errors import UnusableInput


class WandaPruningParams(CalibrationParams):
    """How much is pruned, and how much data is looked at."""

    sparsity: float = Field(
        0.5, title="Sparsity", ge=0, lt=1, description="Share of the touched weights that is zero afterwards."
    )
    scope: Literal["channel", "layer", "global"] = Field(
        "channel",
        title="Scope",
        description="Channel: every output channel loses the same share. Layer: every layer does. "
        "Global: weights of all layers compete.",
    )
    pattern: Literal["none", "1:4", "2:4", "4:8"] = Field(
        "none",
        title="Pattern",
        description="Weights kept of each group of inputs; replaces sparsity and scope.",
    )


_ZEROS = {"1:4": 0.75, "2:4": 0.5, "4:8": 0.5}
"""Share of zeros by pattern, where groups are complete."""


@techniques.register("wanda-pruning")
class WandaPruning(Technique[WandaPruningParams]):
    """Prunes by weights and the inputs they meet."""

    label = "Wanda pruning"
    family = Family.WEIGHT_PRUNING
    storage = Storage.STORED
    needs_layers = True
    prunes = True
    raw_weights = True
    headline = ("sparsity", "pattern", "scope")
    needs_data = True
    stochastic = True
    effect = Effect(
        zeros=(Amount("pattern", by=_ZEROS), Amount("sparsity", beside={"pattern": ("none",)})),
        only=r": (?!Embedding$)",
    )
    Params = WandaPruningParams

    def apply(self, model: CompressibleModel, params: WandaPruningParams, context: Context) -> None:
        """Set the least important weights of each output channel to zero."""
        reached = self.layers(model, params, context)
        chosen = [(layer, own) for layer, own in reached if has_inputs(layer, model.module)]
        if not chosen:
            raise UnusableInput(
                "The layer rules leave only embeddings and other weights whose inputs cannot be weighed.",
                "Widen them, or choose a technique that looks at weights only.",
            )
        batches = calibration_batches(model, context, params)
        norms = input_norms(model.module, [layer for layer, _ in chosen], batches)
        unseen = (layer for layer, _ in reached if layer.parameter_name not in norms)
        self.note_left_alone(model, sizes(unseen), "their inputs cannot be weighed")
        chosen = [(layer, own) for layer, own in chosen if layer.parameter_name in norms]
        layers = [layer for layer, _ in chosen]
        scores = [input_saliency(layer, norms[layer.parameter_name]) for layer in layers]
        competing = []
        for position, (layer, own) in enumerate(chosen):
            if own.scope == "channel" or own.pattern != "none":
                model.prune(layer.parameter_name, _mask(scores[position], layer.output_axis, own))
            else:
                competing.append(position)
        for sparsity, positions in pools([chosen[position] for position in competing], context.rules):
            together = [competing[position] for position in positions]
            zero_smallest(
                model,
                [layers[position] for position in together],
                [scores[position] for position in together],
                sparsity,
            )


def _mask(scores: Tensor, axes: Axes, params: WandaPruningParams) -> Tensor:
    if params.pattern != "none":
        return Pattern.parse(params.pattern).mask(scores, axes)
    matrix = rows(scores, axes)
    counts = shared_out(round(params.sparsity * matrix.numel()), len(matrix))
    return outputs_back(smallest_in_rows(matrix, counts), scores.shape, axes)
