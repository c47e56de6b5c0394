"""Head pruning: whole attention heads are removed from a transformer, and it gets smaller and faster.

P. Michel, O. Levy and G. Neubig, "Are Sixteen Heads Really Better than One?", NeurIPS 2019 (arXiv
1905.10650): a head's importance is how much the loss on training data changes without it, to first order,
summed over its weights. Heads that share keys and values (J. Ainslie et al., "GQA", 2023) go together, and
so do the same heads of all layers that add one position bias (T5). At least one head of each layer stays.
torchvision's ViT is built so that it can lose heads; `nn.MultiheadAttention` in models of your own cannot.
"""

from __future__ import annotations

from core.compression.attention import QUERIES, head_blocks
from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.unit_pruning import UnitPruningParams, remove_units
from core.domain.technique import Storage


@techniques.register("head-pruning")
class HeadPruning(Technique[UnitPruningParams]):
    """Structured pruning of self-attention and cross-attention."""

    label = "Head pruning"
    storage = Storage.STORED
    headline = ("ratio",)
    needs_data = True
    stochastic = True
    works_on = QUERIES
    Params = UnitPruningParams

    def apply(self, model: CompressibleModel, params: UnitPruningParams, context: Context) -> None:
        """Remove the least important heads of each layer."""
        chosen = self.layers(model, params, context)
        remove_units(model, head_blocks(model.module), chosen, context=context, what="attention heads")
