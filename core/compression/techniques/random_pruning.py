"""Random pruning: randomly chosen weights become zero, as a control for techniques that claim to choose well.

J. Frankle et al., "Pruning Neural Networks at Initialization: Why Are We Missing the Mark?", ICLR 2021
(arXiv 2009.08576) compares criteria with it. A technique that is no better than this one has learned
nothing about the weights. Weights that are zero already count towards the sparsity asked for.
"""

from __future__ import annotations

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.selection.pruning import PruningParams, pools, zero_smallest
from core.compression.selection.saliency import random_saliency
from core.domain.effect import Amount, Effect
from core.domain.technique import Family, Storage


@techniques.register("random-pruning")
class RandomPruning(Technique[PruningParams]):
    """Unstructured pruning by the step's seed, over all layers together or within each."""

    label = "Random pruning"
    family = Family.WEIGHT_PRUNING
    storage = Storage.STORED
    needs_layers = True
    prunes = True
    raw_weights = True
    headline = ("sparsity", "weights")
    stochastic = True
    effect = Effect(zeros=(Amount("sparsity"),))
    Params = PruningParams

    def apply(self, model: CompressibleModel, params: PruningParams, context: Context) -> None:
        """Set randomly chosen weights to zero."""
        chosen = self.layers(model, params, context)
        scores = random_saliency([layer for layer, _ in chosen], context.generator())
        for sparsity, positions in pools(chosen, context.rules):
            zero_smallest(
                model,
                [chosen[position][0] for position in positions],
                [scores[position] for position in positions],
                sparsity,
            )
