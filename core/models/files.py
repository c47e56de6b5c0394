"""Reading weight files: safetensors, or PyTorch files loaded weights-only, never executing a pickle."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.errors import UnusableInput
from core.models.file_kinds import FileKind, kind_of, require_complete

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.")  # left behind by parallel training and by torch.compile
_SAVE = "Save it as safetensors, or as a state dict with torch.save(model.state_dict(), path)."


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a weight file by name, without wrappers and prefixes of training.

    Raises:
        UnusableInput: no such file, not a weight file, damaged, or one that would run code.
    """
    if not path.is_file():
        raise UnusableInput(f"There is no weight file {path}.", "Give the path as the worker sees it.")
    kind = kind_of(path)
    require_complete(path, kind)
    state = _safetensors(path) if kind is FileKind.SAFETENSORS else _state_dict(path, _pickled(path))
    while prefix := next(
        (each for each in _PREFIXES if state and all(n.startswith(each) for n in state)), ""
    ):
        state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return state


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise UnusableInput(
            f"{path.name} is not a readable safetensors file: {error}.", "Copy it again."
        ) from None


def _pickled(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about old file formats, which do load
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UnusableInput(
            f"{path.name} cannot be loaded as plain weights: {_besides(str(error))}.", _SAVE
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, LookupError, TypeError, AttributeError):
        raise UnusableInput(
            f"{path.name} is a damaged PyTorch file, or none: it cannot be read to its end.",
            "Copy it again, or save it again as safetensors.",
        ) from None


def _besides(said: str) -> str:
    """Return what a pickle holds besides weights, by the words of PyTorch's reader."""
    _, found, rest = said.partition("Unsupported global: GLOBAL ")
    if not found:
        return "it holds other objects, and making them could run code"
    name = "".join(sign for sign in rest.split()[0][:100] if sign.isprintable())
    return f"it also holds {name}, and making that could run code"


def _state_dict(path: Path, content: Any) -> dict[str, Tensor]:
    """Return the state dict in what a file holds, however deep its wrappers are."""
    inner = content
    while isinstance(inner, Mapping):
        wrapped = (inner[name] for name in _WRAPPERS if isinstance(inner.get(name), Mapping))
        if (deeper := next(wrapped, None)) is None:
            break
        inner = deeper
    if not isinstance(inner, Mapping) or not inner:
        raise UnusableInput(
            f"{path.name} holds no state dict, but {_named(inner)}.",
            "Save model.state_dict(), not other objects.",
        )
    for name, value in inner.items():
        if not isinstance(value, Tensor):
            shown = repr(str(name)[:100])
            raise UnusableInput(
                f"{path.name} holds no state dict: {shown} in it is {_named(value)}, not a tensor.",
                "Save model.state_dict(), not other objects.",
            )
    return {str(name): tensor for name, tensor in inner.items()}


def _named(value: object) -> str:
    name = type(value).__name__
    if isinstance(value, Mapping) and not value:
        return f"an empty {name}"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
