"""Training some modules only: the others keep their parameters and running statistics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from core.domain.technique import LayerRules
from core.errors import UnusableInput


@contextmanager
def only_touched(module: nn.Module, rules: LayerRules) -> Iterator[None]:
    """Let no gradient reach parameters of modules that the rules leave out.

    Raises:
        UnusableInput: the rules leave nothing to train.
    """
    owners: dict[nn.Parameter, list[str]] = {}
    for name, child in module.named_modules():
        for parameter in child.parameters(recurse=False):
            owners.setdefault(parameter, []).append(name)
    wanted = {parameter: parameter.requires_grad for parameter in owners}
    for parameter, names in owners.items():
        parameter.requires_grad_(wanted[parameter] and rules.touches_shared(names))
    try:
        if not any(parameter.requires_grad for parameter in owners):
            raise UnusableInput("The layer rules leave nothing to train.", "Widen them.")
        yield
    finally:
        for parameter, requires_grad in wanted.items():
            parameter.requires_grad_(requires_grad)
