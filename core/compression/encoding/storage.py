"""The smallest exact form of one weight tensor: dense or with a bit mask; raw, or coded by an encoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.compression.encoding.encodings import (
    Cast,
    Encoding,
    Granularity,
    Grid,
    GroupedPalette,
    Layout,
    Palette,
)
from core.compression.encoding.packing import pack, pack_mask, unpack, unpack_mask
from core.compression.layers import Axes
from core.domain.prediction.stored_bits import coded_bits, plain_bits, scale_table_bits

_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@dataclass(frozen=True)
class StoredTensor:
    """One tensor as it goes into a file.

    fields: JSON values that describe the form; empty for a plain tensor.
    parts: named tensors of the payload; a plain tensor has the one part "".
    theoretical_bits: what the form needs, without the file's own bookkeeping.
    """

    parts: Mapping[str, Tensor]
    theoretical_bits: int
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def form(self) -> str:
        """Name of the form: dense or sparse; grid, palette, palettes or cast; or sparse and one of them."""
        if not self.fields:
            return "dense"
        coding = self.fields.get("coding", "")
        return "-".join(filter(None, ["sparse" if self.fields["masked"] else "", coding]))


def store(weight: Tensor, encoding: Encoding | None, *, pruned: bool = False) -> StoredTensor:
    """Return the smallest form that gives back the very same bits (CPU tensor, any dtype).

    pruned: whether a step set some of it to zero. Vectors are stored densely unless that, or coded.
    """
    weight = weight.detach().cpu().contiguous()
    chosen = StoredTensor({"": weight}, plain_bits(weight.numel(), None, weight.itemsize * 8))
    if not weight.is_floating_point() or (weight.dim() < 2 and encoding is None and not pruned):
        return chosen
    for candidate in _candidates(weight, encoding):
        if candidate.theoretical_bits < chosen.theoretical_bits:
            chosen = candidate
    return chosen


def restore(fields: Mapping[str, Any], parts: Mapping[str, Tensor]) -> Tensor:
    """Return the tensor that `store` was given."""
    if not fields:
        return parts[""]
    shape = torch.Size(fields["shape"])
    dtype: torch.dtype = getattr(torch, fields["dtype"])
    kept = shape.numel()
    mask = None
    if fields["masked"]:
        mask = torch.from_numpy(unpack_mask(parts["mask"].numpy(), kept))
        kept = int(mask.sum())
    if "coding" not in fields:
        return _scatter(parts["values"], mask, shape)
    codes = _unpacked(parts["codes"], fields["bits"], kept)
    decoded = _encoding(fields, parts).decode(_scatter(codes, mask, shape), dtype)
    return decoded if mask is None else decoded.masked_fill_(~mask.view(shape), 0)


def _candidates(weight: Tensor, encoding: Encoding | None) -> Iterator[StoredTensor]:
    mask = nonzero_bits(weight)
    kept = int(mask.sum())
    fields = {"shape": list(weight.shape), "dtype": _name(weight.dtype), "masked": True}
    packed_mask = torch.from_numpy(pack_mask(mask.flatten().numpy()))
    if kept < weight.numel():
        parts = {"mask": packed_mask, "values": weight[mask]}
        yield StoredTensor(parts, plain_bits(weight.numel(), kept, weight.itemsize * 8), fields)
    if encoding is None:
        return
    codes = encoding.encode(weight)
    decoded = encoding.decode(codes, weight.dtype)
    tables, described, table_bits = _tables(encoding)
    fields = fields | described
    if same_bits(decoded, weight):
        parts = {"codes": _packed(codes.flatten(), encoding.bits), **tables}
        size = coded_bits(weight.numel(), None, encoding.bits, table_bits)
        yield StoredTensor(parts, size, {**fields, "masked": False})
    if kept < weight.numel() and same_bits(decoded.masked_fill(~mask, 0), weight):
        yield _masked(codes, mask, packed_mask, encoding, fields)


def _masked(
    codes: Tensor, mask: Tensor, packed_mask: Tensor, encoding: Encoding, fields: Mapping[str, Any]
) -> StoredTensor:
    """Return the form that leaves out the codes of zero weights, and the palette's zero with them."""
    tables, described, table_bits = _tables(encoding)
    kept_codes, bits = codes[mask], encoding.bits
    if isinstance(encoding, Palette):
        used, kept_codes = torch.unique(kept_codes, return_inverse=True)
        smaller = Palette(encoding.codebook.cpu()[used.int()])
        tables, described, table_bits = _tables(smaller)
        kept_codes, bits = kept_codes.to(torch.uint8), smaller.bits
    parts = {"mask": packed_mask, "codes": _packed(kept_codes, bits), **tables}
    size = coded_bits(mask.numel(), len(kept_codes), bits, table_bits)
    return StoredTensor(parts, size, {**fields, **described})


def _tables(encoding: Encoding) -> tuple[dict[str, Tensor], dict[str, Any], int]:
    """Return the encoding's tensors, its JSON fields, and the bits its tensors need."""
    if isinstance(encoding, Palette):
        codebook = encoding.codebook.cpu()
        described = {"coding": "palette", "bits": encoding.bits}
        return {"codebook": codebook}, described, codebook.numel() * codebook.itemsize * 8
    described = {"bits": encoding.bits}
    if isinstance(encoding, GroupedPalette):
        codebooks = _stacked(encoding).cpu()
        described |= {"coding": "palettes", "group": encoding.group, "axis": encoding.axis}
        return {"codebook": codebooks}, described, codebooks.numel() * codebooks.itemsize * 8
    if isinstance(encoding, Cast):
        described |= {"coding": "cast", "number": _name(encoding.dtype), **_described(encoding.layout)}
        table_bits = scale_table_bits(encoding.scale.numel(), zero_points=False)
        return {"scale": encoding.scale.cpu()}, described, table_bits
    if not isinstance(encoding, Grid):
        raise TypeError(f"{type(encoding).__name__} has no stored form")
    scale, zero = encoding.scale.cpu(), encoding.zero.cpu()
    described |= {"coding": "grid", **_described(encoding.layout)}
    if bool((zero == 2 ** (encoding.bits - 1)).all()):
        return {"scale": scale}, described, scale_table_bits(scale.numel(), zero_points=False)
    return {"scale": scale, "zero": zero}, described, scale_table_bits(scale.numel(), zero_points=True)


def _encoding(fields: Mapping[str, Any], parts: Mapping[str, Tensor]) -> Encoding:
    if fields["coding"] == "palette":
        return Palette(parts["codebook"])
    if fields["coding"] == "palettes":
        palettes = tuple(Palette(row.unique()) for row in parts["codebook"])
        return GroupedPalette(palettes, fields["group"], _axes(fields))
    layout = Layout(Granularity(fields["granularity"]), _axes(fields), fields["group"])
    scale = parts["scale"]
    if fields["coding"] == "cast":
        return Cast(getattr(torch, fields["number"]), layout, scale)
    zero = parts.get("zero")
    if zero is None:
        zero = torch.full(scale.shape, 2 ** (fields["bits"] - 1), dtype=torch.uint8)
    return Grid(fields["bits"], layout, scale, zero)


def _axes(fields: Mapping[str, Any]) -> Axes:
    """Return the output axes; JSON has lists for pairs."""
    axes = fields["axis"]
    return axes if isinstance(axes, int) else (int(axes[0]), int(axes[1]))


def _stacked(encoding: GroupedPalette) -> Tensor:
    """Return the codebooks `(groups, values)`, shorter ones filled up with their last value."""
    longest = max(len(palette.codebook) for palette in encoding.palettes)
    filled = [
        torch.cat([palette.codebook, palette.codebook[-1:].expand(longest - len(palette.codebook))])
        for palette in encoding.palettes
    ]
    return torch.stack(filled)


def _described(layout: Layout) -> dict[str, Any]:
    return {"granularity": layout.granularity.value, "axis": layout.axis, "group": layout.group}


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def restored_encoding(fields: Mapping[str, Any], parts: Mapping[str, Tensor]) -> Encoding | None:
    """Return the encoding of a stored tensor, with zero among the values of a masked palette."""
    if "coding" not in fields:
        return None
    encoding = _encoding(fields, parts)
    if isinstance(encoding, Palette) and fields["masked"]:
        zero = torch.zeros(1, dtype=encoding.codebook.dtype)
        return Palette(torch.unique(torch.cat([encoding.codebook, zero])))
    return encoding


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors of one dtype agree in every bit: NaN equals NaN, -0.0 is not 0.0."""
    integer = _INTEGERS[one.itemsize]
    return torch.equal(one.contiguous().view(integer), other.contiguous().view(integer))


def nonzero_bits(weight: Tensor) -> Tensor:
    """Return where a weight is anything but plain zero; negative zero and NaN count as something."""
    return weight.contiguous().view(_INTEGERS[weight.itemsize]) != 0


def _packed(codes: Tensor, bits: int) -> Tensor:
    if codes.dtype is not torch.uint8:
        return codes
    return torch.from_numpy(pack(np.ascontiguousarray(codes.numpy()), bits))


def _unpacked(packed: Tensor, bits: int, count: int) -> Tensor:
    if packed.dtype is not torch.uint8:
        return packed
    return torch.from_numpy(unpack(packed.numpy(), bits, count))


def _scatter(values: Tensor, mask: Tensor | None, shape: torch.Size) -> Tensor:
    """Return values put where the mask is set, zeros elsewhere."""
    if mask is None:
        return values.reshape(shape)
    full = torch.zeros(shape.numel(), dtype=values.dtype)
    full[mask] = values
    return full.reshape(shape)
