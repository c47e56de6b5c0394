"""Parts of a transformer that can go as a whole, attention heads and feed-forward neurons, as slices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.layers import is_conv1d
from core.compression.structure.slimming import Kept, arguments


@dataclass(frozen=True)
class Slice:
    """Where the units of a block lie along one axis of one tensor.

    tensor: its name in the state dict. size: entries of each unit. repeats: how often all units follow each
    other, e.g. 3 where queries, keys and values share a tensor. matrix: which one of a stack, if it is one.
    """

    tensor: str
    axis: int
    size: int = 1
    repeats: int = 1
    matrix: int | None = None

    def indices(self, units: Sequence[int], of: int) -> list[int]:
        """Return the entries of the given units, ascending, where there are `of` units."""
        return [
            (repeat * of + unit) * self.size + entry
            for repeat in range(self.repeats)
            for unit in units
            for entry in range(self.size)
        ]


@dataclass(frozen=True)
class Block:
    """Units that can be removed from one or several layers together.

    layers: names of all modules that lose slices. sizes: module name -> attribute -> entries per unit, for
    whole numbers that modules remember. outputs: where a unit's values leave it, if that is known; without
    these weights it has no effect.
    """

    name: str
    units: int
    layers: tuple[str, ...]
    slices: tuple[Slice, ...]
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    outputs: Slice | None = None


@dataclass(frozen=True)
class Member:
    """A layer of a block: which of its sides counts units, and how many entries each unit has."""

    name: str
    module: nn.Module
    inputs: bool = False
    size: int = 1
    repeats: int = 1

    def slices(self) -> list[Slice]:
        """Return the slices of weight and bias."""
        flipped = is_conv1d(self.module)
        axis = 1 if self.inputs != flipped else 0
        slices = [Slice(f"{self.name}.weight", axis, self.size, self.repeats)]
        if not self.inputs and getattr(self.module, "bias", None) is not None:
            slices.append(Slice(f"{self.name}.bias", 0, self.size, self.repeats))
        return slices

    def sizes(self) -> dict[str, int]:
        """Return the attribute that counts this side, with its entries per unit."""
        names = ("nx", "nf") if is_conv1d(self.module) else ("in_features", "out_features")
        return {names[0 if self.inputs else 1]: self.size * self.repeats}

    @property
    def width(self) -> int:
        """Entries of this side."""
        weight: Tensor = self.module.weight  # type: ignore[assignment]
        return weight.shape[self.slices()[0].axis]


def block(name: str, units: int, members: Iterable[Member], sizes: Mapping[str, Mapping[str, int]]) -> Block:
    """Return the block of some layers and the sizes that other modules remember."""
    members = list(members)
    own = {member.name: member.sizes() for member in members}
    return Block(
        name,
        units,
        tuple(member.name for member in members),
        tuple(part for member in members for part in member.slices()),
        {**own, **sizes},
    )


def importance(block: Block, scores: Mapping[str, Tensor]) -> Tensor:
    """Return `(units,)`: the sum of all scores of each unit's weights, float64; scores by tensor name."""
    total = torch.zeros(block.units, dtype=torch.float64)
    for part in block.slices:
        if part.tensor in scores:
            moved = matrix_of(scores[part.tensor], part).double().flatten(1).sum(1).cpu()
            total += moved.view(part.repeats, block.units, part.size).sum(dim=(0, 2))
    return total


def matrix_of(tensor: Tensor, part: Slice) -> Tensor:
    """Return the tensor, or the matrix of a stack, that a slice is cut from, with its axis first; a view."""
    if part.matrix is None:
        return tensor.movedim(part.axis, 0)
    return tensor[part.matrix].movedim(part.axis - 1, 0)


def removal(kept: Iterable[tuple[Block, Sequence[int]]]) -> dict[str, Any]:
    """Return the arguments of the edit that keeps only the given units of each block, ascending."""
    tensors: dict[str, dict[int, Kept]] = {}
    attributes: dict[str, dict[str, int]] = {}
    for chosen, units in kept:
        for part in chosen.slices:
            axes, indices = tensors.setdefault(part.tensor, {}), part.indices(units, chosen.units)
            axes[part.axis] = [*axes.get(part.axis, []), indices] if part.matrix is not None else indices
        for module, sizes in chosen.sizes.items():
            values = {name: per_unit * len(units) for name, per_unit in sizes.items()}
            attributes.setdefault(module, {}).update(values)
    return arguments(tensors, attributes)
