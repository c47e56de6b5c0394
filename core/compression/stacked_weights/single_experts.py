"""Letting experts of the transformers library be multiplied one after the other by torch's usual products."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

_IMPLEMENTATION = "_experts_implementation"


@contextmanager
def one_by_one(module: nn.Module) -> Iterator[None]:
    """Let experts of the transformers library be multiplied one after the other, not all at once."""
    found = {id(child.config): child.config for child in module.modules() if _chooses(child)}
    before = {key: getattr(config, _IMPLEMENTATION) for key, config in found.items()}
    for config in found.values():
        setattr(config, _IMPLEMENTATION, "eager")
    try:
        yield
    finally:
        for key, config in found.items():
            setattr(config, _IMPLEMENTATION, before[key])


def _chooses(module: nn.Module) -> bool:
    return hasattr(getattr(module, "config", None), _IMPLEMENTATION)
