"""Making a network shallower: which of its layers are repeated, and the edit that removes some of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from torch import nn

from core.compression.edits import Edit, edits, replace_child

KEEP_LAYERS = "keep-layers"
_PROBABILITY = re.compile(r"\bp=[\d.e-]+")  # of leaving something out while training, often rising with depth


@edits.register(KEEP_LAYERS)
class KeepLayers(Edit):
    """Leaves some layers of stacks out. Argument: `stacks`, the positions kept by name of the stack.

    Layers of a list are numbered anew; those of a sequence keep their names.
    """

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Remove the other layers, first of stacks within layers, which get new names with those."""
        stacks = sorted(arguments["stacks"].items(), key=lambda stack: -stack[0].count("."))
        for name, kept in stacks:
            stack = module.get_submodule(name)
            if isinstance(stack, nn.ModuleList):
                layers = [stack[position] for position in kept]
                replace_child(module, name, nn.ModuleList(layers).train(stack.training))
                _renumber(module, layers, before=len(stack))
            elif isinstance(stack, nn.Sequential):
                for position, child in enumerate(list(stack._modules)):
                    if position not in kept:
                        del stack._modules[child]


def repeated(module: nn.Module) -> dict[str, list[list[int]]]:
    """Return, by name of each list or sequence, the runs of neighbouring layers that are alike.

    Such layers follow each other and map one shape to the same shape, so that any of them can go.
    """
    found: dict[str, list[list[int]]] = {}
    for name, stack in module.named_modules():
        if not name or not isinstance(stack, (nn.ModuleList, nn.Sequential)):
            continue
        layers = list(stack)
        described = [_PROBABILITY.sub("", repr(layer)) for layer in layers]
        alike = groupby(range(len(layers)), key=described.__getitem__)
        runs = [list(positions) for _, positions in alike]
        runs = [run for run in runs if len(run) > 1 and next(layers[run[0]].parameters(), None) is not None]
        if runs:
            found[name] = runs
    return found


def spread(module: nn.Module, fraction: float) -> dict[str, list[int]]:
    """Return the positions to keep of each stack: evenly spread over each run, the first one always.

    fraction: of the layers of each run, at least one of which is kept. Stacks that lose nothing are left out.
    """
    kept: dict[str, list[int]] = {}
    for name, runs in repeated(module).items():
        removed = {position for run in runs for position in set(run) - set(_evenly(run, fraction))}
        stack = module.get_submodule(name)
        if removed and isinstance(stack, (nn.ModuleList, nn.Sequential)):
            kept[name] = [position for position in range(len(stack)) if position not in removed]
    return kept


def _evenly(run: Sequence[int], fraction: float) -> list[int]:
    count = max(1, round(fraction * len(run)))
    return [run[position * len(run) // count] for position in range(count)]


def _renumber(module: nn.Module, layers: Sequence[nn.Module], *, before: int) -> None:
    """Tell layers of transformers their new places, and their configuration how many there are."""
    for number, layer in enumerate(layers):
        for child in layer.modules():
            if isinstance(getattr(child, "layer_idx", None), int):
                child.layer_idx = number  # type: ignore[assignment]
    for child in module.modules():
        config = getattr(child, "config", None)
        for name in ("num_hidden_layers", "num_decoder_layers"):
            if config is not None and getattr(config, name, None) == before:
                setattr(config, name, len(layers))
