"""Feed-forward pruning: hidden neurons of a transformer's feed-forward layers are removed.

X. Ma, G. Fang and X. Wang, "LLM-Pruner", NeurIPS 2023 (arXiv 2305.11627); P. Molchanov et al., "Importance
Estimation for Neural Network Pruning", CVPR 2019 (arXiv 1906.10771): a neuron is its weights in and out
together (and its gate's), and matters as much as the loss on training data changes without them, to first
order. Most weights of a transformer are in these layers. At least one neuron of each layer stays. Experts
of a mixture in one tensor lose equally many neurons, each its own least important ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.selection.unit_pruning import UnitPruningParams, removable, remove_units, share_of
from core.compression.structure.expert_neurons import expert_blocks
from core.compression.structure.feed_forward import neuron_blocks
from core.domain.effect import Amount, Effect, Structure
from core.domain.module_table import Units
from core.domain.technique import Family, Storage

WHAT = "feed-forward neurons"


class FeedForwardPruningParams(UnitPruningParams):
    """How many neurons of each layer go."""

    ratio: float = share_of(WHAT, "Leave the step out, or choose a transformer.")


@techniques.register("ffn-pruning")
class FeedForwardPruning(Technique[FeedForwardPruningParams]):
    """Structured pruning of the layers between attentions."""

    label = "Feed-forward pruning"
    family = Family.STRUCTURED_PRUNING
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("ratio",)
    needs_data = True
    stochastic = True
    effect = Effect(structure=Structure.UNITS, removed=Amount("ratio"))
    Params = FeedForwardPruningParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return the neurons of each layer, see `Technique.units`."""
        return removable([*neuron_blocks(module), *expert_blocks(module)])

    def apply(self, model: CompressibleModel, params: FeedForwardPruningParams, context: Context) -> None:
        """Remove the least important neurons of each layer."""
        chosen = self.layers(model, params, context)
        blocks = [*neuron_blocks(model.module), *expert_blocks(model.module)]
        remove_units(model, blocks, chosen, context=context, what=WHAT)
