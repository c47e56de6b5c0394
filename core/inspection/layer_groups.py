"""The parts of a model that a step is applied to one at a time: layers, or groups of layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from core.compression.base import techniques
from core.compression.elementwise import elementwise_weights
from core.compression.layers import Layer, compressible_layers
from core.compression.model import CompressibleModel
from core.compression.stacked_weights.raw_weights import raw_weights
from core.domain.measurement.sensitivity import Grouping
from core.domain.recipe import Step
from core.domain.technique import LayerRules


@dataclass(frozen=True)
class LayerGroup:
    """What a step is applied to at a time: a layer, or layers that go together. name: for people."""

    layers: Sequence[Layer]
    name: str

    @property
    def names(self) -> list[str]:
        """The names of all modules that hold a weight of the part, each once."""
        return list(dict.fromkeys(name for layer in self.layers for name in layer.names))

    def rules(self, within: LayerRules) -> LayerRules:
        """Return rules that touch this part alone, with the same exceptions and overrides."""
        return replace(within, include=tuple(f"^{re.escape(name)}$" for name in self.names))


def parts(model: CompressibleModel, step: Step, grouping: Grouping = Grouping.MODULE) -> list[LayerGroup]:
    """Return the parts that the step's rules allow to touch, in module order.

    Layers that lose units together, such as attention heads, are one part whatever the grouping.
    """
    technique = techniques.get(step.technique)
    every = compressible_layers(model.module)
    allowed = {id(layer.weight) for layer in compressible_layers(model.module, step.rules)}
    holders = {name: layer for layer in every for name in layer.names}
    units = technique.units(model.module)
    groups = [
        list(dict.fromkeys(holders[name] for name in each.layers))
        for each in units
        if holders.keys() >= set(each.layers)
    ]
    if any(len(group) > 1 for group in groups):
        grouping = Grouping.MODULE
    else:
        groups = [[layer] for layer in every]
    further = list(raw_weights(model.module)) if technique.raw_weights else []
    allowed |= {id(layer.weight) for layer in further if step.rules.touches_shared(layer.names)}
    if technique.spec().takes_everything(
        {name: [value] for name, value in step.parameters.items()}, step.rules
    ):
        loose = elementwise_weights(model.module, [*every, *further])
        allowed |= {id(layer.weight) for layer in loose if step.rules.touches_shared(layer.names)}
        further += loose
    groups = _joined([*groups, *([layer] for layer in further)], _same_module)
    kept = [group for group in groups if all(id(layer.weight) in allowed for layer in group)]
    if grouping is not Grouping.MODULE:
        kept = _joined(kept, block if grouping is Grouping.BLOCK else kind)
    return [LayerGroup(group, _name(group, grouping)) for group in kept]


def block(name: str) -> str:
    """Return the module up to its first number: the block that it is in, `h.0` of `h.0.attn.c_attn`."""
    steps = name.split(".")
    number = next((place for place, step in enumerate(steps) if step.isdigit()), len(steps) - 1)
    return ".".join(steps[: number + 1])


def kind(name: str) -> str:
    """Return the name with a star for each number: what all blocks have of this kind."""
    return re.sub(r"\d+", "*", name)


def _same_module(name: str) -> str:
    return name


def _joined(groups: Iterable[Sequence[Layer]], key: Callable[[str], str]) -> list[list[Layer]]:
    """Return groups together whose first layers' names have the same key; modules are never divided."""
    found: dict[str, list[Layer]] = {}
    for group in groups:
        found.setdefault(key(group[0].name), []).extend(group)
    return list(found.values())


def _name(group: Sequence[Layer], grouping: Grouping) -> str:
    """Return the layer's name, the group's key, or the module which holds all layers of the part."""
    names = list(dict.fromkeys(layer.name for layer in group))
    if len(names) == 1:
        return names[0]
    if grouping is Grouping.BLOCK and len({block(name) for name in names}) == 1:
        return block(names[0])
    if grouping is Grouping.KIND and len({kind(name) for name in names}) == 1:
        return kind(names[0])
    paths = zip(*(name.split(".") for name in names), strict=False)
    return ".".join(steps[0] for steps in takewhile(lambda steps: len(set(steps)) == 1, paths))
