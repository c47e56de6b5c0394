"""Head pruning: whole attention heads are removed from a transformer, and it gets smaller and faster.

P. Michel, O. Levy and G. Neubig, "Are Sixteen Heads Really Better than One?", NeurIPS 2019 (arXiv
1905.10650): a head's importance is how much the loss on training data changes without it, to first order,
summed over its weights. Heads that share keys and values (J. Ainslie et al., "GQA", 2023) go together, and
so do the same heads of all layers that add one position bias (T5). At least one head of each layer stays.
torch's multi-head attention is taken apart in torchvision's ViT and in models of your own.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.selection.unit_pruning import UnitPruningParams, removable, remove_units, share_of
from core.compression.structure.attention import head_blocks
from core.domain.effect import Amount, Effect, Structure
from core.domain.module_table import Units
from core.domain.technique import Family, Storage

WHAT = "attention heads"


class HeadPruningParams(UnitPruningParams):
    """How many heads of each layer go."""

    ratio: float = share_of(
        WHAT,
        "Leave the step out. Heads are known where queries, keys and values are layers of their own, and "
        "joined as in GPT-2 and GPT-NeoX, but not as in Phi-3, Falcon, Bloom or DeBERTa.",
    )


@techniques.register("head-pruning")
class HeadPruning(Technique[HeadPruningParams]):
    """Structured pruning of self-attention and cross-attention."""

    label = "Head pruning"
    family = Family.STRUCTURED_PRUNING
    storage = Storage.STORED
    needs_layers = True
    headline = ("ratio",)
    needs_data = True
    stochastic = True
    effect = Effect(structure=Structure.UNITS, removed=Amount("ratio"))
    Params = HeadPruningParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return the heads of each layer, see `Technique.units`."""
        return removable(head_blocks(module))

    def apply(self, model: CompressibleModel, params: HeadPruningParams, context: Context) -> None:
        """Remove the least important heads of each layer."""
        chosen = self.layers(model, params, context)
        remove_units(model, head_blocks(model.module), chosen, context=context, what=WHAT)
