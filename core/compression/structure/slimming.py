"""The structural edit that all structured pruning ends in: tensors keep some of their slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.edits import Edit, edits
from core.compression.sharing import canonical_names, share

SLIM = "keep-slices"
Kept = Sequence[int] | Sequence[Sequence[int]]
"""Ascending indices along an axis, or those of each matrix of a stack."""
Attributes = Mapping[str, Mapping[str, Any]]


@edits.register(SLIM)
class KeepSlices(Edit):
    """Cuts parameters and buffers down to the slices named, and sets the sizes that modules remember.

    Arguments: `tensors` = state-dict name -> axis -> indices kept, written by `written`; `attributes` =
    module name -> attribute -> value. The matrices of a stack may keep different ones, equally many. Shared
    tensors stay shared.
    """

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Change the module in place, see `Edit.apply`."""
        aliases = canonical_names(module)
        for name, axes in arguments["tensors"].items():
            if name not in aliases:
                _cut(module, name, {int(axis): read(text) for axis, text in axes.items()})
        share(module, aliases)
        for name, values in arguments["attributes"].items():
            owner = module.get_submodule(name)
            for attribute, value in values.items():
                setattr(owner, attribute, tuple(value) if isinstance(value, list) else value)

    def sliced(self, name: str, tensor: Tensor, arguments: Mapping[str, Any]) -> Tensor | None:
        """Return the slices kept, see `Edit.sliced`."""
        axes = arguments["tensors"].get(name)
        if axes is None:
            return None
        return _selected(tensor, {int(axis): read(text) for axis, text in axes.items()})


def arguments(kept: Mapping[str, Mapping[int, Kept]], attributes: Attributes) -> dict[str, Any]:
    """Return the arguments of the edit as JSON values."""
    return {
        "tensors": {
            name: {str(axis): written(indices) for axis, indices in axes.items()}
            for name, axes in kept.items()
        },
        "attributes": {
            name: {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
            for name, values in attributes.items()
        },
    }


def written(indices: Kept) -> str:
    """Return ascending indices as ranges: `0-3,7`; those of several matrices as `0-3,7;1-5`."""
    return ";".join(_ranges(part) for part in (indices if _several(indices) else [indices]))  # type: ignore[arg-type]


def _several(indices: Kept) -> bool:
    return bool(indices) and not isinstance(indices[0], int)


def _ranges(indices: Sequence[int]) -> str:
    parts: list[list[int]] = []
    for index in indices:
        if parts and parts[-1][1] == index - 1:
            parts[-1][1] = index
        else:
            parts.append([index, index])
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in parts)


def read(text: str) -> Kept:
    """Return the indices that `written` wrote."""
    return [_read(part) for part in text.split(";")] if ";" in text else _read(text)


def _read(text: str) -> list[int]:
    indices: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        indices += range(int(first), int(last or first) + 1)
    return indices


def _cut(module: nn.Module, name: str, axes: Mapping[int, Kept]) -> None:
    owner_name, _, leaf = name.rpartition(".")
    owner = module.get_submodule(owner_name)
    old: Tensor = getattr(owner, leaf)
    new = _selected(old.detach(), axes)
    if isinstance(old, nn.Parameter):
        setattr(owner, leaf, nn.Parameter(new, requires_grad=old.requires_grad))
    else:
        setattr(owner, leaf, new)


def _selected(tensor: Tensor, axes: Mapping[int, Kept]) -> Tensor:
    for axis, indices in axes.items():
        chosen = torch.tensor(indices, device=tensor.device)
        if chosen.dim() == 1:
            tensor = tensor.index_select(axis, chosen)
        else:
            each = zip(tensor, chosen, strict=True)
            tensor = torch.stack([matrix.index_select(axis - 1, own) for matrix, own in each])
    return tensor
