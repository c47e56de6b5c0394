"""Reading weight files: safetensors, or PyTorch files loaded weights-only, never executing a pickle."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.errors import UnusableInput

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIX = "module."  # left behind by DataParallel and DistributedDataParallel


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a weight file by name, without wrappers and parallel-training prefixes.

    Raises:
        UnusableInput: no such file, not a weight file, damaged, or one that would run code.
    """
    if not path.is_file():
        raise UnusableInput(f"There is no weight file {path}.", "Give the path as the worker sees it.")
    state = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    if all(name.startswith(_PREFIX) for name in state):
        state = {name.removeprefix(_PREFIX): tensor for name, tensor in state.items()}
    return state


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise UnusableInput(
            f"{path.name} is not a readable safetensors file: {error}.", "Copy it again."
        ) from None


def _pickled(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about old file formats, which do load
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        reason = (str(error) or "it ends too early").splitlines()[0]
        raise UnusableInput(
            f"{path.name} cannot be loaded as plain weights: {reason}",
            "Save it as safetensors, or as a state dict with torch.save(model.state_dict(), path).",
        ) from None
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise UnusableInput(
            f"{path.name} holds no state dict.", "Save model.state_dict(), not other objects."
        )
    return {str(name): tensor for name, tensor in content.items()}
