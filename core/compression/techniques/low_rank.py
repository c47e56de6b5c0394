"""Low rank: a layer's weight is replaced by the product of two thin factors, cut from its SVD.

M. Denil et al., "Predicting Parameters in Deep Learning", NeurIPS 2013; for convolutions X. Zhang et al.,
"Accelerating Very Deep Convolutional Networks", IEEE TPAMI 2016: one with fewer outputs is followed by a
1 x 1 convolution. The factors take the layer's place in the model and in the file, so there really are
fewer weights and operations. Experts of a mixture in one tensor have factors of one rank.
Layers that would not get smaller are left as they are, and so are grouped and transposed convolutions,
embeddings, recurrent layers, weights that several layers share, and layers of torch's multi-head attention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from core.compression.activation_quantization.activations import bypassed
from core.compression.base import Context, Technique, techniques
from core.compression.layers import Layer, compressible_layers, sizes
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import raw_weights
from core.compression.stacked_weights.stack_edits import FACTORIZE_STACKS, fill_factors
from core.compression.structure.low_rank import FACTORIZE, LowRank, decomposed, factorizable, factors
from core.domain.effect import Amount, Effect, Structure
from core.domain.module_table import Units
from core.domain.parameter.traits import CountedUnits, Takes
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Declared, Parameters


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
        json_schema_extra=Declared(used_with={"criterion": ("size",)}),
    )
    energy: float = Field(
        0.9,
        title="Energy",
        gt=0,
        le=1,
        description="Share of the squared singular values that is kept.",
        json_schema_extra=Declared(used_with={"criterion": ("energy",)}),
    )
    rank: int = Field(
        16,
        title="Rank",
        ge=1,
        le=65536,
        description="Number of singular values kept.",
        json_schema_extra=Declared(
            used_with={"criterion": ("rank",)},
            counts=CountedUnits(
                "singular values that leave a layer smaller",
                "Choose a smaller rank, or a model with larger layers.",
                Takes.AT_MOST,
            ),
        ),
    )


@techniques.register("low-rank")
class LowRankFactorization(Technique[LowRankParams]):
    """Replaces layers by truncated singular value decompositions of their weights."""

    label = "Low rank"
    family = Family.LOW_RANK
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("criterion", "size", "energy", "rank")
    keeps_modules = False
    effect = Effect(
        structure=Structure.FACTORS,
        size=Amount("size", beside={"criterion": ("size",)}),
        layer_bytes=120,
        rank=Amount("rank", beside={"criterion": ("rank",)}),
    )
    Params = LowRankParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return the largest rank of each layer, see `Technique.units`."""
        everything = (*compressible_layers(module), *raw_weights(module))
        layers = (layer for layer in everything if _separable(module, layer))
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
                found[layer.parameter_name] = factors(parts, rank)
            context.progress.report(done / len(chosen), layer.name)
        if not found:
            raise UnusableInput(
                f"None of the {len(chosen)} layers that can be factorized gets smaller.",
                "Choose a smaller size, energy or rank, or widen the layer rules.",
            )
        whole = (layer for layer, _ in reached if layer.parameter_name not in found)
        self.note_left_alone(model, sizes(whole), "two factors would not be smaller or cannot stand for them")
        _replace(model, [layer for layer, _ in reached if layer.parameter_name in found], found)


def _replace(
    model: CompressibleModel, layers: Sequence[Layer], found: Mapping[str, tuple[Tensor, Tensor]]
) -> None:
    """Put factors, found by parameter name, in the place of layers and stacks."""
    ranks = {layer.parameter_name: found[layer.parameter_name][0].shape[-2] for layer in layers}
    single = [layer for layer in layers if layer.matrix_axis is None]
    stacks = [layer for layer in layers if layer.matrix_axis is not None]
    if single:
        model.edit(FACTORIZE, {"ranks": {layer.name: ranks[layer.parameter_name] for layer in single}})
    if stacks:
        names = [layer.parameter_name for layer in stacks]
        model.edit(FACTORIZE_STACKS, {"ranks": {name: ranks[name] for name in names}})
    for layer in single:
        replaced = model.module.get_submodule(layer.name)
        if isinstance(replaced, LowRank):
            replaced.fill(*found[layer.parameter_name])
    for layer in stacks:
        fill_factors(model.module, layer, *found[layer.parameter_name])


def _separable(module: nn.Module, layer: Layer) -> bool:
    """Return whether two factors can stand for a layer of the module."""
    if layer.matrix_axis is not None:
        return len(layer.names) == 1
    return len(layer.names) == 1 and factorizable(layer.module) and not bypassed(module, layer.name)


def chosen_rank(layer: Layer, values: Tensor, params: LowRankParams) -> int:
    """Return the rank that the parameters ask for, at least 1; of a stack that of all its matrices.

    values: singular values, descending.
    """
    if params.criterion == "rank":
        return params.rank
    if params.criterion == "size":
        return max(1, int(params.size * _numbers(layer) / _ends(layer)))
    energy = values.double().square().reshape(-1, values.shape[-1]).sum(0).cumsum(0)
    rank = int(torch.searchsorted(energy, params.energy * float(energy[-1]))) + 1
    return min(rank, values.shape[-1])


def largest_rank(layer: Layer) -> int:
    """Return the largest rank at which the factors have fewer numbers than the weight."""
    return (_numbers(layer) - 1) // _ends(layer)


def _ends(layer: Layer) -> int:
    """Return how many numbers each rank adds to a matrix."""
    return layer.outputs // _matrices(layer) + layer.weight.numel() // layer.outputs


def _numbers(layer: Layer) -> int:
    """Return the numbers of a matrix."""
    return layer.weight.numel() // _matrices(layer)


def _matrices(layer: Layer) -> int:
    """Return how many matrices a weight is."""
    return 1 if layer.matrix_axis is None else layer.weight.shape[layer.matrix_axis]
