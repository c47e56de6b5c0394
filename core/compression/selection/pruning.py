"""What all unstructured pruning shares: parameters, the pools that compete, and setting weights to zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import Field
from torch import Tensor

from core.compression.elementwise import WEIGHTS, Weights
from core.compression.layers import Layer
from core.compression.model import CompressibleModel
from core.compression.selection.threshold import smallest
from core.domain.technique import LayerRules
from core.parameters import Parameters


class PruningParams(Parameters):
    """How much is pruned, and which weights compete with each other."""

    sparsity: float = Field(
        0.5, title="Sparsity", ge=0, lt=1, description="Share of the touched weights that is zero afterwards."
    )
    scope: Literal["global", "layer"] = Field(
        "global",
        title="Scope",
        description="Global: weights of all layers compete. Layer: every layer loses the same share.",
    )
    weights: Weights = WEIGHTS


class Competing(Protocol):
    """Parameters that say how much goes, and whether weights of all layers compete (`scope` is "global")."""

    @property
    def sparsity(self) -> float:
        """Share of the touched weights that is zero afterwards."""

    @property
    def scope(self) -> str:
        """Which weights compete."""


Pool = tuple[float, list[int]]


def pools(layers: Sequence[tuple[Layer, Competing]], rules: LayerRules) -> list[Pool]:
    """Return sparsity and layer positions of each set of layers whose weights compete.

    A layer with overridden parameters competes with nobody but itself.
    """
    together: list[int] = []
    result: list[Pool] = []
    sparsity = 0.0
    for position, (layer, params) in enumerate(layers):
        alone = params.scope != "global" or any(rules.overridden(name) for name in layer.names)
        if alone:
            result.append((params.sparsity, [position]))
        else:
            together.append(position)
            sparsity = params.sparsity
    return [*result, (sparsity, together)] if together else result


def zero_smallest(
    model: CompressibleModel, layers: Sequence[Layer], scores: Sequence[Tensor], sparsity: float
) -> None:
    """Prune the weights with the smallest scores, exactly `round(sparsity * weights)` of them.

    scores: not negative, in the weights' shapes.
    """
    count = round(sparsity * sum(layer.weight.numel() for layer in layers))
    for layer, mask in zip(layers, smallest(scores, count), strict=True):
        model.prune(layer.parameter_name, mask)
