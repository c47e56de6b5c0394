"""Weights that a parametrization computes, such as weight norm: made plain, so that steps reach them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from core.compression.edits import Edit, edits
from core.compression.layers import parametrized_layers
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.presentation.lists import listed

FOLD = "fold-parametrizations"


@edits.register(FOLD)
class FoldParametrizations(Edit):
    """Puts the computed weight in the place of a layer's parametrization. Argument: `layers`, names."""

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Fold them; what the layers compute stays the same."""
        for name in arguments["layers"]:
            layer = module.get_submodule(name)
            _take_class(layer)
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
            weight = nn.Parameter(torch.as_tensor(layer.weight).detach().clone())
            del layer.weight
            layer.register_parameter("weight", weight)


def _take_class(layer: nn.Module) -> None:
    """Give a parametrized layer a class of its own, which its copies share and removing would change."""
    shared = type(layer)
    own = {key: value for key, value in vars(shared).items() if key not in {"__dict__", "__weakref__"}}
    layer.__class__ = type(shared.__name__, shared.__bases__, own)


def fold(model: CompressibleModel, rules: LayerRules) -> None:
    """Make parametrized weights of the layers that rules touch plain ones, and note it."""
    names = [name for name in parametrized_layers(model.module) if rules.touches(name)]
    if names:
        model.edit(FOLD, {"layers": names})
        shown = listed(names, 3)
        model.note(f"The parametrization of {shown} was folded into plain weights, which were compressed.")
