"""Puts the outputs of a classifier into another order, by its last layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from core.data.dataset import Inputs, call

_TOLERANCE = 1e-4


def reorder_outputs(module: nn.Module, order: Sequence[int], examples: Inputs) -> bool:
    """Let output `i` of a module be what output `order[i]` was; return whether that worked.

    The layer that makes the logits is found by trying: on the examples, logits must be the same in the new
    order. If no layer does, the module stays as it is.
    """
    places = torch.tensor(order)
    with torch.no_grad():
        wanted = call(module, examples)[:, places]
        for layers in _candidates(module, len(order)):
            _permute(layers, places)
            if torch.allclose(call(module, examples), wanted, rtol=_TOLERANCE, atol=_TOLERANCE):
                return True
            _permute(layers, places.argsort())
    return False


def _candidates(module: nn.Module, outputs: int) -> Iterator[Sequence[nn.Module]]:
    """Yield layers that may make the logits: each with so many outputs, the last first, then all at once."""
    fitting = [
        layer
        for layer in module.modules()
        if isinstance(layer, (nn.Linear, nn.Conv2d)) and layer.weight.shape[0] == outputs
    ]
    yield from ([layer] for layer in reversed(fitting))
    if len(fitting) > 1:
        yield fitting


def _permute(layers: Sequence[nn.Module], places: Tensor) -> None:
    for layer in layers:
        for name in ("weight", "bias"):
            held = getattr(layer, name)
            if isinstance(held, Tensor):
                held.copy_(held[places])
