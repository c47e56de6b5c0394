"""Reading weight files: safetensors, or PyTorch files loaded weights-only, never executing a pickle."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.errors import UnusableInput
from core.models.weight_files.file_kinds import FileKind, kind_of, require_complete
from core.models.weight_files.weights import Weights
from core.models.weight_files.wrapped_weights import unwrapped

_SAVE = "Save it as safetensors, or as a state dict with torch.save(model.state_dict(), path)."


def read_weights(path: Path, *, averaged: bool = False) -> Weights:
    """Return the tensors of a weight file by name, without wrappers of training.

    averaged: whether averaged weights (EMA) are wanted where the file has others as well.

    Raises:
        UnusableInput: no such file, not a weight file, damaged, or one that would run code.
    """
    if not path.is_file():
        raise UnusableInput(f"There is no weight file {path}.", "Give the path as the worker sees it.")
    kind = kind_of(path)
    require_complete(path, kind)
    if kind is FileKind.SAFETENSORS:
        return Weights(_safetensors(path), averaged=averaged)
    return unwrapped(path.name, _pickled(path), averaged=averaged)


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
