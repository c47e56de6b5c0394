"""Weights that several modules share, e.g. a token embedding tied to the output layer."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn


def canonical_names(module: nn.Module) -> dict[str, str]:
    """Return, for each further name of a shared parameter or buffer in the state dict, its first name."""
    first: dict[int, str] = {}
    aliases: dict[str, str] = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        known = first.setdefault(id(tensor), name)
        if known != name:
            aliases[name] = known
    return aliases


def share(module: nn.Module, aliases: Mapping[str, str]) -> None:
    """Make each alias the very same parameter or buffer again as the name it stands for."""
    for alias, name in aliases.items():
        source_owner, _, source_leaf = name.rpartition(".")
        owner, _, leaf = alias.rpartition(".")
        setattr(module.get_submodule(owner), leaf, getattr(module.get_submodule(source_owner), source_leaf))
