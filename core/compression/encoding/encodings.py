"""How weights restricted to few values are described: a grid (n-bit integers), a palette or a cast.

An encoding turns weights into codes and codes into weights. Both directions run through the same
float32 arithmetic wherever weights are made, kept while training, or read from a file, so that a
stored model computes with exactly the weights it was measured with.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

from core.compression.encoding.chunks import chunks
from core.compression.encoding.nearest import nearest
from core.compression.layers import Axes, Layer, output_count, outputs_back, outputs_first, rows


class Granularity(StrEnum):
    """Which weights share a scale."""

    TENSOR = "tensor"
    CHANNEL = "channel"
    GROUP = "group"


@dataclass(frozen=True)
class Layout:
    """How a weight is cut into blocks that share a scale.

    axis: output channels of the weight, see `core.compression.layers.Axes`. group: inputs per block where the
        granularity is GROUP.
    """

    granularity: Granularity
    axis: Axes = 0
    group: int = 0

    @classmethod
    def of(cls, layer: Layer, granularity: str, group: int = 0) -> Layout:
        """Return the layout for a layer; in a stack, each matrix is a tensor of its own.

        Elementwise weights have no channels to cut them at, and share one scale.
        """
        if layer.elementwise:
            return cls(Granularity.TENSOR)
        if granularity == Granularity.TENSOR and layer.matrix_axis is not None:
            return cls(Granularity.CHANNEL, layer.matrix_axis)
        return cls(Granularity(granularity), layer.output_axis, group)

    def blocks(self, weight: Tensor) -> Tensor:
        """Return the weight as `(blocks, block size)`; a last incomplete group is filled up with zeros."""
        if self.granularity is Granularity.TENSOR:
            return weight.reshape(1, -1)
        matrix = rows(weight, self.axis)
        if self.granularity is Granularity.CHANNEL:
            return matrix
        return functional.pad(matrix, (0, -matrix.shape[1] % self.group)).reshape(-1, self.group)

    def weight(self, blocks: Tensor, shape: torch.Size) -> Tensor:
        """Return the inverse of `blocks` for a weight of the given shape."""
        if self.granularity is Granularity.TENSOR:
            return blocks.reshape(shape)
        outputs = output_count(shape, self.axis)
        matrix = blocks.reshape(outputs, -1)[:, : shape.numel() // outputs]
        return outputs_back(matrix, shape, self.axis).contiguous()

    def blocks_left(self, shape: torch.Size, cut: Cut) -> Tensor | None:
        """Return which blocks a cut of a weight of that shape leaves, in order; None if their weights mix."""
        if self.granularity is Granularity.TENSOR:
            return torch.zeros(1, dtype=torch.int64)
        if self.granularity is Granularity.GROUP:
            return None
        channels = output_count(shape, self.axis)
        numbers = torch.arange(channels, dtype=torch.int32).unsqueeze(1).expand(-1, shape.numel() // channels)
        left = cut(self.weight(numbers, shape))
        return None if left is None else rows(left, self.axis)[:, 0].long()


Cut = Callable[[Tensor], Tensor | None]
"""What a change of structure leaves of a tensor in a weight's shape; None if that is not known."""


class Encoding(ABC):
    """A restriction of weights to few values; immutable."""

    bits: int

    @abstractmethod
    def of_part(self, shape: torch.Size, cut: Cut) -> Encoding | None:
        """Return the encoding of what a cut leaves of a weight of that shape; None if there is none."""

    @abstractmethod
    def encode(self, weight: Tensor) -> Tensor:
        """Return the code of the nearest allowed value, uint8 (int16 above 8 bits), in the weight's shape."""

    @abstractmethod
    def decode(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return the values of codes in the weight's shape."""

    def project(self, weight: Tensor) -> Tensor:
        """Return the nearest allowed weight."""
        return self.decode(self.encode(weight), weight.dtype)


@dataclass(frozen=True, eq=False)
class Grid(Encoding):
    """Integers of `bits` bits: `weight = (code - zero) * scale`, one scale and zero per block.

    scale, zero: `(blocks, 1)`, float32 and uint8. Zero always is an allowed value.
    """

    bits: int
    layout: Layout
    scale: Tensor
    zero: Tensor

    def of_part(self, shape: torch.Size, cut: Cut) -> Encoding | None:
        """Return the grid with the scales of the blocks left, see `Encoding.of_part`."""
        left = self.layout.blocks_left(shape, cut)
        return None if left is None else replace(self, scale=self.scale[left], zero=self.zero[left])

    def encode(self, weight: Tensor) -> Tensor:
        """Return codes, see `Encoding.encode`."""
        blocks = self.layout.blocks(weight).float()
        codes = torch.div(blocks, self.scale.to(blocks.device)).round_().add_(self.zero.to(blocks.device))
        return self.layout.weight(codes.clamp_(0, 2**self.bits - 1).to(torch.uint8), weight.shape)

    def decode(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return weights, see `Encoding.decode`."""
        blocks = self.layout.blocks(codes).float()
        blocks = blocks.sub_(self.zero.to(blocks.device)).mul_(self.scale.to(blocks.device))
        return self.layout.weight(blocks, codes.shape).to(dtype)


@dataclass(frozen=True, eq=False)
class Palette(Encoding):
    """A list of allowed values for one tensor. codebook: `(values,)`, ascending, in the weight's dtype."""

    codebook: Tensor

    def of_part(self, shape: torch.Size, cut: Cut) -> Encoding | None:
        """Return the same palette, see `Encoding.of_part`."""
        del shape, cut
        return self

    @property
    def bits(self) -> int:  # type: ignore[override]
        """Bits that a code needs."""
        return max(1, (len(self.codebook) - 1).bit_length())

    def encode(self, weight: Tensor) -> Tensor:
        """Return codes, see `Encoding.encode`."""
        return nearest(weight, self.codebook)

    def decode(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return weights, see `Encoding.decode`."""
        codebook = self.codebook.to(device=codes.device, dtype=dtype)
        weight = torch.empty(codes.numel(), dtype=dtype, device=codes.device)
        for chunk, target in zip(chunks(codes), chunks(weight), strict=True):
            torch.index_select(codebook, 0, chunk.int(), out=target)
        return weight.view(codes.shape)


@dataclass(frozen=True, eq=False)
class GroupedPalette(Encoding):
    """A palette for each `group` neighbouring output channels, which the weight's `axis` counts.

    In a stack of matrices, groups begin anew with each of them.
    """

    palettes: tuple[Palette, ...]
    group: int
    axis: Axes

    def of_part(self, shape: torch.Size, cut: Cut) -> Encoding | None:
        """Return the palettes of the groups left, unless channels of several come together."""
        channels = Layout(Granularity.CHANNEL, self.axis).blocks_left(shape, cut)
        if channels is None:
            return None
        matrices = 1 if isinstance(self.axis, int) else shape[self.axis[0]]
        of_one = output_count(shape, self.axis) // matrices
        owners = channels // of_one * -(-of_one // self.group) + channels % of_one // self.group
        groups = [part for matrix in owners.view(matrices, -1) for part in matrix.split(self.group)]
        if any(bool((part != part[0]).any()) for part in groups):
            return None
        return replace(self, palettes=tuple(self.palettes[int(part[0])] for part in groups))

    @property
    def bits(self) -> int:  # type: ignore[override]
        """Bits that a code of the largest palette needs."""
        return max(palette.bits for palette in self.palettes)

    def encode(self, weight: Tensor) -> Tensor:
        """Return codes, see `Encoding.encode`."""
        parts = zip(channel_groups(weight, self.axis, self.group), self.palettes, strict=True)
        codes = torch.cat([palette.encode(part) for part, palette in parts])
        return outputs_back(codes, weight.shape, self.axis).contiguous()

    def decode(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return weights, see `Encoding.decode`."""
        parts = zip(channel_groups(codes, self.axis, self.group), self.palettes, strict=True)
        weight = torch.cat([palette.decode(part.contiguous(), dtype) for part, palette in parts])
        return outputs_back(weight, codes.shape, self.axis).contiguous()


def channel_groups(weight: Tensor, axes: Axes, group: int) -> list[Tensor]:
    """Return the weight's output channels in groups, `(channels, ...)` each; none spans two matrices."""
    channels = outputs_first(weight, axes)
    of_one = len(channels) if isinstance(axes, int) else weight.shape[axes[1]]
    return [part for matrix in channels.split(of_one) for part in matrix.split(group)]


@dataclass(frozen=True, eq=False)
class Cast(Encoding):
    """A shorter floating-point type: `weight = shorter number * scale`, one scale per block.

    dtype: of 8 or 16 bits. scale: `(blocks, 1)`, float32. Codes are the bit patterns.
    """

    dtype: torch.dtype
    layout: Layout
    scale: Tensor

    def of_part(self, shape: torch.Size, cut: Cut) -> Encoding | None:
        """Return the cast with the scales of the blocks left, see `Encoding.of_part`."""
        left = self.layout.blocks_left(shape, cut)
        return None if left is None else replace(self, scale=self.scale[left])

    @property
    def bits(self) -> int:  # type: ignore[override]
        """Bits of a number."""
        return self.dtype.itemsize * 8

    def encode(self, weight: Tensor) -> Tensor:
        """Return bit patterns, see `Encoding.encode`; beyond the type's range its largest number."""
        largest = torch.finfo(self.dtype).max
        blocks = torch.div(self.layout.blocks(weight).float(), self.scale.to(weight.device))
        short = blocks.clamp_(-largest, largest).to(self.dtype)
        return self.layout.weight(short.view(torch.uint8 if self.bits == 8 else torch.int16), weight.shape)

    def decode(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return weights, see `Encoding.decode`."""
        blocks = self.layout.blocks(codes).view(self.dtype).float().mul_(self.scale.to(codes.device))
        return self.layout.weight(blocks.add_(0.0), codes.shape).to(dtype)  # no negative zeros
