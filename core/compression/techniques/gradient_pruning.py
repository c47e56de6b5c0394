"""Gradient pruning: the weights whose removal changes the loss least become zero.

The change is estimated to first order as |weight x gradient| on training data, averaged over batches:
N. Lee, T. Ajanthan and P. Torr, "SNIP", ICLR 2019 (arXiv 1810.02340); P. Molchanov et al., "Importance
Estimation for Neural Network Pruning", CVPR 2019 (arXiv 1906.10771). Weights that are zero already count
towards the sparsity asked for.
"""

from __future__ import annotations

from core.compression.base import Context, Technique, techniques
from core.compression.calibration import CalibrationParams, calibration_batches
from core.compression.model import CompressibleModel
from core.compression.selection.pruning import PruningParams, pools, zero_smallest
from core.compression.selection.saliency import loss_saliency
from core.domain.effect import Amount, Effect
from core.domain.technique import Family, Storage


class GradientPruningParams(CalibrationParams, PruningParams):
    """How much is pruned, and how much data decides which weights."""


@techniques.register("gradient-pruning")
class GradientPruning(Technique[GradientPruningParams]):
    """Unstructured pruning by the loss's sensitivity, over all layers together or within each."""

    label = "Gradient pruning"
    family = Family.WEIGHT_PRUNING
    storage = Storage.STORED
    needs_layers = True
    prunes = True
    raw_weights = True
    headline = ("sparsity", "weights")
    needs_data = True
    stochastic = True
    effect = Effect(zeros=(Amount("sparsity"),))
    Params = GradientPruningParams

    def apply(self, model: CompressibleModel, params: GradientPruningParams, context: Context) -> None:
        """Set the least important weights to zero."""
        chosen = self.layers(model, params, context)
        layers = [layer for layer, _ in chosen]
        batches = calibration_batches(model, context, params)
        scores = loss_saliency(model.module, layers, batches, context.training_task())
        for sparsity, positions in pools(chosen, context.rules):
            zero_smallest(
                model,
                [layers[position] for position in positions],
                [scores[position] for position in positions],
                sparsity,
            )
