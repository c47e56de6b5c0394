"""Whether a model still computes without the channels chosen, and which layers must keep theirs if not.

Code that names a number of channels (`reshape(-1, 3 * 64)`) and weights that two layers share are not seen
when channels are followed from layer to layer. So the slimmed model is tried before it is believed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.edits import edits
from core.compression.sharing import canonical_names
from core.compression.structure.slimming import SLIM
from core.data.dataset import call

Group = tuple[str, ...]  # names of layers that lose the same channels
Slim = Callable[[Collection[str]], dict[str, Any]]


@dataclass(frozen=True)
class Slimmed:
    """Arguments of the edit that leaves a model which computes.

    refused: groups of layers that had to keep their channels. reason: why the first of them had to.
    """

    arguments: Mapping[str, Any]
    refused: tuple[Group, ...] = ()
    reason: str = ""


def largest_that_computes(module: nn.Module, example: Tensor, groups: Sequence[Group], slim: Slim) -> Slimmed:
    """Return the edit for as many groups as can be slimmed together; all of them if nothing is wrong.

    slim: returns the arguments of the edit that touches the layers named only. The module is not changed.
    Groups are tried together first and by halves where that fails, so that few failures cost few trials.
    """
    shape = output_shape(module, example)
    refused: list[tuple[Group, str]] = []

    def grown(kept: Slimmed, accepted: Sequence[Group], more: Sequence[Group]) -> tuple[Slimmed, list[Group]]:
        together = [*accepted, *more]
        arguments = slim([name for group in together for name in group])
        reason = failure(module, example, arguments, shape)
        if not reason:
            return Slimmed(arguments), together
        if len(more) == 1:
            refused.append((more[0], reason))
            return kept, list(accepted)
        half = len(more) // 2
        return grown(*grown(kept, accepted, more[:half]), more[half:])

    nothing = Slimmed({"tensors": {}, "attributes": {}})
    found = grown(nothing, [], groups)[0] if groups else nothing
    return Slimmed(found.arguments, tuple(group for group, _ in refused), refused[0][1] if refused else "")


def failure(module: nn.Module, example: Tensor, arguments: Mapping[str, Any], shape: torch.Size) -> str:
    """Return why the model does not compute an output of that shape after the edit, empty if it does."""
    torn = _torn(module, arguments["tensors"])
    if torn:
        return f"{torn[0]} and {torn[1]} are one weight, but would lose different channels"
    slimmed = copy.deepcopy(module)
    try:
        edits.get(SLIM).apply(slimmed, arguments)
        after = output_shape(slimmed, example)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever the model says to channels that are missing)
        return (str(error).splitlines() or [""])[0] or type(error).__name__
    return "" if after == shape else f"its output is {_product(after)} instead of {_product(shape)}"


def output_shape(module: nn.Module, example: Tensor) -> torch.Size:
    """Return the shape of what the model puts out for the example."""
    with torch.no_grad():
        return call(module, example).shape


def _torn(module: nn.Module, tensors: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the two names of a shared tensor that would not stay one."""
    for alias, name in canonical_names(module).items():
        if tensors.get(alias, {}) != tensors.get(name, {}):
            return name, alias
    return None


def _product(shape: torch.Size) -> str:
    return " x ".join(map(str, shape))
