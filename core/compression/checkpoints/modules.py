"""Writing down the modules of a model, and what techniques would find in it."""

from __future__ import annotations

import logging

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from core.compression.base import techniques
from core.compression.layers import Layer, compressible_layers, parameterised_modules, parametrized_layers
from core.compression.stacked_weights.raw_weights import raw_weights
from core.domain.module_table import ModuleTable, Units, WeightShape

log = logging.getLogger(__name__)


def module_table(module: nn.Module) -> ModuleTable:
    """Return the table of a model's modules, by which steps are judged before they are queued."""
    stacks = raw_weights(module)
    layers = compressible_layers(module)
    raw = dict.fromkeys(layer.names for layer in stacks)
    return ModuleTable(
        types={name: type(child).__name__ for name, child in module.named_modules()},
        weighted=tuple(parameterised_modules(module)),
        layers=(
            *(layer.names for layer in layers),
            *((name,) for name in parametrized_layers(module)),
            *raw,
        ),
        units=_units(module),
        parameters={name: _size(child) for name, child in module.named_modules()},
        raw=frozenset(name for names in raw for name in names),
        shapes={layer.parameter_name: _shape(layer) for layer in (*layers, *stacks)},
    )


def _shape(layer: Layer) -> WeightShape:
    matrices = 1 if layer.matrix_axis is None else layer.weight.shape[layer.matrix_axis]
    return WeightShape(layer.names, layer.outputs, matrices)


def _size(module: nn.Module) -> int:
    """Return the numbers in a module's own parameters, those of its parametrizations included."""
    computed = module.get_submodule("parametrizations").parameters() if is_parametrized(module) else ()
    return sum(parameter.numel() for parameter in (*module.parameters(recurse=False), *computed))


def _units(module: nn.Module) -> dict[str, tuple[Units, ...]]:
    """Return the units that each technique counts; a plug-in that fails here says so when it is used."""
    found = {}
    for name, technique in techniques:
        if technique.spec().counts:
            try:
                found[name] = tuple(technique.units(module))
            except Exception:
                log.exception("Units not counted", extra={"action": "units_failed", "technique": name})
    return found
