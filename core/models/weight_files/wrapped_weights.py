"""The state dict in what a PyTorch file holds: checkpoints of training wrap it in many ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from core.errors import UnusableInput
from core.models.weight_files.weights import Weights

_WRAPPERS = (
    *("state_dict", "model_state_dict", "model", "module", "net", "network", "weights", "params"),
    *("ema_state_dict", "state_dict_ema", "model_ema", "params_ema", "ema"),
)
"""Names under which training keeps weights, those to be preferred first."""

NOT_TAKEN = "The file also holds averaged weights ({}), which were not taken: switch on Averaged weights."
_AVERAGED = re.compile(r"(^|_)ema($|_)")
_HINT = "Save model.state_dict(), not other objects."
_PLAIN = (bool, int, float, str, bytes, type(None))


def unwrapped(file_name: str, content: Any, *, averaged: bool = False) -> Weights:
    """Return the state dict in what a file holds, however deep its wrappers are.

    averaged: whether averaged weights are wanted; else they are taken where there are no others. Which were
        taken is remarked upon where there is a choice.

    Raises:
        UnusableInput: there is none, or several of which none has a usual name.
    """
    inner, taken = content, ""
    while isinstance(inner, Mapping) and not _is_state(inner):
        name = _wrapper(file_name, inner)
        if name is None:
            break
        other = next((one for one in inner if _averaged(one) and one != name), "")
        if other and _holds_state(inner[other]) and not _averaged(name):
            taken = NOT_TAKEN.format(other)
            if averaged:
                name, taken = other, f"Averaged weights ({other}) were taken, not those of {name}."
                averaged = False
        elif _averaged(name):
            averaged = False
            taken = f"The weights are averaged ones: the file has no others beside {name}."
        inner = inner[name]
    _require_state(file_name, inner)
    tensors = {str(name): value for name, value in inner.items() if isinstance(value, Tensor)}
    return Weights(tensors, [taken] if taken else [], averaged=averaged)


def _averaged(name: object) -> bool:
    return isinstance(name, str) and _AVERAGED.search(name) is not None


def _is_state(content: Mapping[Any, Any]) -> bool:
    """Return whether a mapping has tensors, and besides them only numbers and texts."""
    values = list(content.values())
    return any(isinstance(value, Tensor) for value in values) and all(
        isinstance(value, (Tensor, *_PLAIN)) for value in values
    )


def _holds_state(content: Any) -> bool:
    if not isinstance(content, Mapping):
        return False
    return _is_state(content) or any(_holds_state(content.get(name)) for name in _WRAPPERS)


def _wrapper(file_name: str, content: Mapping[Any, Any]) -> str | None:
    """Return the name under which the weights are, None where there are none."""
    usual = [name for name in _WRAPPERS if isinstance(content.get(name), Mapping)]
    if usual:
        return next((name for name in usual if _holds_state(content[name])), usual[0])
    others = [str(name) for name, value in content.items() if isinstance(name, str) and _holds_state(value)]
    if len(others) > 1:
        raise UnusableInput(
            f"{file_name} holds several state dicts: {', '.join(others[:6])}.", f"Keep one of them. {_HINT}"
        )
    return others[0] if others else None


def _require_state(file_name: str, content: Any) -> None:
    if not isinstance(content, Mapping) or not content:
        raise UnusableInput(f"{file_name} holds no state dict, but {_named(content)}.", _HINT)
    if _is_state(content):
        return
    name, value = next((name, value) for name, value in content.items() if not isinstance(value, Tensor))
    raise UnusableInput(
        f"{file_name} holds no state dict: {str(name)[:100]!r} in it is {_named(value)}, not a tensor.", _HINT
    )


def _named(value: object) -> str:
    name = type(value).__name__
    if isinstance(value, Mapping) and not value:
        return f"an empty {name}"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
