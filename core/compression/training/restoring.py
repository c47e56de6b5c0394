"""Taking weights from another model of the same structure."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.domain.technique import LayerRules
from core.errors import UnusableInput


def touched_tensors(module: nn.Module, rules: LayerRules) -> list[str]:
    """Return the state-dict names of parameters and running statistics of modules that rules touch.

    Shared parameters are named once, and are touched where `layers.touched` says so.
    """
    aliases = canonical_names(module)
    owners: dict[str, list[str]] = {}
    for owner, name in _tensors(module):
        key = f"{owner}.{name}".removeprefix(".")
        owners.setdefault(aliases.get(key, key), []).append(owner)
    return [key for key, names in owners.items() if rules.touches_shared(names)]


def take(model: CompressibleModel, names: list[str], source: CompressibleModel) -> None:
    """Copy the named tensors with their encodings and masks from another model.

    Raises:
        UnusableInput: the other model has a tensor in another shape, or not at all; then none is copied.
    """
    own, other = model.module.state_dict(), source.module.state_dict()
    different = [name for name in names if name not in other or other[name].shape != own[name].shape]
    if different:
        raise UnusableInput(
            f"{', '.join(different[:3])} {'has' if len(different) == 1 else 'have'} another shape in the "
            "model to take weights from, or is not there.",
            "Exclude what structural steps changed with a layer rule, or choose another ancestor.",
        )
    with torch.no_grad():
        for name in names:
            own[name].copy_(other[name])
            model.encodings.pop(name, None)
            model.pruned.pop(name, None)
            if name in source.encodings:
                model.encodings[name] = source.encodings[name]
            if name in source.pruned:
                model.pruned[name] = source.pruned[name]


def _tensors(module: nn.Module) -> Iterator[tuple[str, str]]:
    for owner, child in module.named_modules():
        for name, _ in child.named_parameters(recurse=False):
            yield owner, name
        if isinstance(child, _NormBase):
            for name, _ in child.named_buffers(recurse=False):
                yield owner, name
