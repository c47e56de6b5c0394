"""Parameters beside the weight matrices: scales and biases of norms, other biases, position embeddings.

Techniques touch them only if asked to. There are few of them, but each acts on all that passes a module.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field
from torch import nn

from core.compression.layers import EVERYTHING, Layer
from core.domain.technique import LayerRules
from core.parameters import Declared

Weights = Literal["matrices", "everything"]
WEIGHTS: Any = Field(
    "matrices",
    title="Which weights",
    description="Matrices: weights of convolution, linear and embedding layers. Everything: also scales of "
    "norms, biases and position embeddings, each of them a tensor of its own.",
    json_schema_extra=Declared(added_later=True, everything_with="everything"),
)


def elementwise_weights(
    module: nn.Module, reached: Collection[Layer], rules: LayerRules = EVERYTHING
) -> list[Layer]:
    """Return the parameters of at least two numbers beside `reached`, shared ones once.

    Those of parametrizations are left out, as they are no weights but what weights are computed from.
    """
    within = {id(layer.weight) for layer in reached}
    holders: dict[int, list[str]] = {}
    found: dict[int, tuple[nn.Module, nn.Parameter, str]] = {}
    for name, child in module.named_modules():
        if "parametrizations" in name.split("."):
            continue
        for leaf, weight in child.named_parameters(recurse=False):
            if id(weight) not in within and weight.is_floating_point() and weight.numel() > 1:
                holders.setdefault(id(weight), []).append(name)
                found.setdefault(id(weight), (child, weight, leaf))
    layers = [
        Layer(tuple(holders[key]), child, weight, 0, leaf, elementwise=True)
        for key, (child, weight, leaf) in found.items()
    ]
    return [layer for layer in layers if rules.touches_shared(layer.names)]
