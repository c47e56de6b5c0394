"""Which hidden neurons experts of a mixture have that lie in one tensor, found by the names of tensors.

All experts have equally many neurons, but each its own: it loses those that matter least to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from torch import Tensor, nn

from core.compression.layers import Layer
from core.compression.stacked_weights.raw_weights import raw_weights
from core.compression.structure.units import Block, Slice

# Stacks into the neurons, then the one out of them.
_NAMES = (
    ("gate_up_proj", "down_proj"),
    ("gate_proj", "up_proj", "down_proj"),
    ("up_proj", "down_proj"),
    ("wi_0", "wi_1", "wo"),
    ("wi", "wo"),
    ("w1", "w3", "w2"),
    ("w1", "w2"),
    ("fc1", "fc2"),
)
_TWICE = "gate_up_proj"  # gates and values
_SIZES = re.compile(r"intermediate|expert_dim|ffn|inner|hidden_features")  # names of attributes


def expert_blocks(root: nn.Module) -> list[Block]:
    """Return a block for each expert; those of a module must lose equally many neurons."""
    stacks: dict[str, dict[str, Layer]] = {}
    for layer in raw_weights(root):
        if layer.matrix_axis is not None and len(layer.names) == 1:
            stacks.setdefault(layer.name, {})[layer.leaf] = layer
    return [block for name, leaves in stacks.items() for block in _blocks(name, leaves)]


def _blocks(name: str, leaves: Mapping[str, Layer]) -> Iterator[Block]:
    members = next((found for found in _NAMES if all(leaf in leaves for leaf in found)), None)
    if members is None:
        return
    *into, out = (leaves[leaf] for leaf in members)
    _, inputs = out.stack_axes
    units = out.weight.shape[inputs]
    if any(layer.weight.shape[layer.stack_axes[0]] != units * _repeats(layer) for layer in into):
        return
    sizes = {
        key: 1
        for key, value in vars(out.module).items()
        if isinstance(value, int) and value == units and _SIZES.search(key)
    }
    for expert in range(len(out.weight)):
        leaving = Slice(out.parameter_name, inputs, matrix=expert)
        slices = [part for layer in into for part in _entering(layer, expert)]
        yield Block(f"{name}[{expert}]", units, (name,), (*slices, leaving), {name: sizes}, leaving)


def _entering(layer: Layer, expert: int) -> Iterator[Slice]:
    """Yield the slices of a stack into the neurons, and of its bias."""
    module = layer.module
    pairs = _repeats(layer) == 2 and getattr(module, "is_concatenated", True) is False
    outputs, _ = layer.stack_axes
    shape = {"size": 2} if pairs else {"repeats": _repeats(layer)}
    yield Slice(layer.parameter_name, outputs, matrix=expert, **shape)
    bias = getattr(module, f"{layer.leaf}_bias", None)
    if isinstance(bias, Tensor) and bias.shape == (len(layer.weight), layer.weight.shape[outputs]):
        yield Slice(f"{layer.parameter_name}_bias", 1, matrix=expert, **shape)


def _repeats(layer: Layer) -> int:
    return 2 if layer.leaf == _TWICE else 1
