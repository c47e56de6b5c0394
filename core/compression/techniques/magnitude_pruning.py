"""Magnitude pruning: the weights closest to zero become zero.

S. Han, J. Pool, J. Tran and W. J. Dally, "Learning both Weights and Connections for Efficient Neural
Networks", NeurIPS 2015. Weights that are zero already count towards the sparsity asked for, and equal
magnitudes are split so that exactly the number asked for is zero.
"""

from __future__ import annotations

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.selection.pruning import PruningParams, pools, zero_smallest
from core.domain.effect import Amount, Effect
from core.domain.technique import Family, Storage


@techniques.register("magnitude-pruning")
class MagnitudePruning(Technique[PruningParams]):
    """Unstructured pruning by absolute value, over all layers together or within each."""

    label = "Magnitude pruning"
    family = Family.WEIGHT_PRUNING
    storage = Storage.STORED
    needs_layers = True
    prunes = True
    raw_weights = True
    headline = ("sparsity", "weights")
    effect = Effect(zeros=(Amount("sparsity"),))
    Params = PruningParams

    def apply(self, model: CompressibleModel, params: PruningParams, context: Context) -> None:
        """Set the smallest weights to zero."""
        chosen = self.layers(model, params, context)
        for sparsity, positions in pools(chosen, context.rules):
            layers = [chosen[position][0] for position in positions]
            zero_smallest(model, layers, [layer.weight for layer in layers], sparsity)
