"""Low rank: a layer's weight is replaced by the product of two thin factors, cut from its SVD.

M. Denil et al., "Predicting Parameters in Deep Learning", NeurIPS 2013; for convolutions X. Zhang et al.,
"Accelerating Very Deep Convolutional Networks", IEEE TPAMI 2016: one with fewer outputs is followed by a
1 x 1 convolution. The factors take the layer's place in the model and in the file, so there really are
fewer weights and operations. Layers that would not get smaller are left as they are, and so are grouped
and transposed convolutions, embeddings, weights that several layers share, and the output layers of
torch's multi-head attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from core.compression.activations import bypassed
from core.compression.base import Context, Technique, techniques
from core.compression.layers import Layer, compressible_layers, sizes
from core.compression.low_rank import FACTORIZE, LowRank, decomposed, factorizable, factors
from core.compression.model import CompressibleModel
from core.domain.module_table import Units
from core.domain.technique import UNITS, Family, Storage
from core.errors import UnusableInput
from core.parameters import Parameters


class LowRankParams(Parameters):
    """How the rank of each layer is chosen."""

    criterion: Literal["size", "energy", "rank"] = Field(
        "size", title="Chosen by", description="Which of the following numbers decides on the rank."
    )
    size: float = Field(
        0.5,
        title="Size",
        gt=0,
        lt=1,
        description="Share of a layer's weights that its factors have at most.",
        json_schema_extra={"x-used-with": {"criterion": ["size"]}},
    )
    energy: float = Field(
        0.9,
        title="Energy",
        gt=0,
        le=1,
        description="Share of the squared singular values that is kept.",
        json_schema_extra={"x-used-with": {"criterion": ["energy"]}},
    )
    rank: int = Field(
        16,
        title="Rank",
        ge=1,
        le=65536,
        description="Number of singular values kept.",
        json_schema_extra={
            "x-used-with": {"criterion": ["rank"]},
            UNITS: {
                "name": "singular values that leave a layer smaller",
                "takes": "at most",
                "instead": "Choose a smaller rank, or a model with larger layers.",
            },
        },
    )


@techniques.register("low-rank")
class LowRankFactorization(Technique[LowRankParams]):
    """Replaces layers by truncated singular value decompositions of their weights."""

    label = "Low rank"
    family = Family.LOW_RANK
    storage = Storage.STORED
    needs_layers = True
    headline = ("criterion", "size", "energy", "rank")
    keeps_modules = False
    Params = LowRankParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return the largest rank of each layer, see `Technique.units`."""
        layers = (layer for layer in compressible_layers(module) if _separable(module, layer))
        return tuple(Units(layer.names, largest_rank(layer)) for layer in layers)

    def apply(self, model: CompressibleModel, params: LowRankParams, context: Context) -> None:
        """Factorize what gets smaller."""
        reached = self.layers(model, params, context)
        chosen = [(layer, own) for layer, own in reached if _separable(model.module, layer)]
        found: dict[str, tuple[Tensor, Tensor]] = {}
        for done, (layer, own) in enumerate(chosen, start=1):
            parts = decomposed(layer)
            rank = chosen_rank(layer, parts[1], own)
            if rank <= largest_rank(layer):
                found[layer.name] = factors(parts, rank)
            context.progress.report(done / len(chosen), layer.name)
        if not found:
            raise UnusableInput(
                f"None of the {len(chosen)} layers that can be factorized gets smaller.",
                "Choose a smaller size, energy or rank, or widen the layer rules.",
            )
        whole = (layer for layer, _ in reached if layer.name not in found)
        self.note_left_alone(model, sizes(whole), "two factors would not be smaller or cannot stand for them")
        model.edit(FACTORIZE, {"ranks": {name: len(first) for name, (first, _) in found.items()}})
        for name, pair in found.items():
            replaced = model.module.get_submodule(name)
            if isinstance(replaced, LowRank):
                replaced.fill(*pair)


def _separable(module: nn.Module, layer: Layer) -> bool:
    """Return whether two factors can stand for a layer of the module."""
    return len(layer.names) == 1 and factorizable(layer.module) and not bypassed(module, layer.name)


def chosen_rank(layer: Layer, values: Tensor, params: LowRankParams) -> int:
    """Return the rank that the parameters ask for, at least 1. values: singular values, descending."""
    if params.criterion == "rank":
        return params.rank
    if params.criterion == "size":
        return max(1, int(params.size * layer.weight.numel() / _ends(layer)))
    energy = values.double().square().cumsum(0)
    rank = int(torch.searchsorted(energy, params.energy * float(energy[-1]))) + 1
    return min(rank, len(values))


def largest_rank(layer: Layer) -> int:
    """Return the largest rank at which the factors have fewer numbers than the weight."""
    return (layer.weight.numel() - 1) // _ends(layer)


def _ends(layer: Layer) -> int:
    """Return how many numbers each rank adds."""
    return layer.outputs + layer.weight.numel() // layer.outputs
