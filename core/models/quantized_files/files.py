"""The weight files of a folder, whole: every part that an index names, and all tensors in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.domain.quantized_files.entries import Entry, Header
from core.domain.quantized_files.folders import configuration, weight_parts
from core.errors import UnusableInput
from core.models.weight_files.file_kinds import FileKind, kind_of, require_complete
from core.models.weight_files.files import read_weights

_NAMES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint8": "U8",
    "bool": "BOOL",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
}


@dataclass(frozen=True, eq=False)
class WeightFiles:
    """All of a model's files. config: its `config.json`. quantization: how it is quantized, as written."""

    config: Mapping[str, Any]
    quantization: Mapping[str, Any]
    header: Header
    tensors: Mapping[str, Tensor]


def read_files(folder: Path) -> WeightFiles:
    """Return the tensors of a folder and its configuration.

    Raises:
        UnusableInput: a file is missing, damaged or cut off, or nothing says how the model is quantized.
    """
    config, quantization = configuration(folder)
    tensors: dict[str, Tensor] = {}
    metadata: dict[str, str] = {}
    parts = weight_parts(folder)
    for path in parts.files:
        found, about = _content(path)
        tensors |= found
        metadata |= about
    missing = sorted(set(parts.names) - set(tensors) - set(metadata))
    if missing:
        raise UnusableInput(
            f"The files of {folder.name} lack {len(missing):,} tensors that their index names, the first of "
            f"them {missing[0]}.",
            "Copy all files of the model again.",
        )
    entries = {name: Entry(_dtype(tensor), tuple(tensor.shape)) for name, tensor in tensors.items()}
    return WeightFiles(config, quantization, Header(entries, metadata), tensors)


def _dtype(tensor: Tensor) -> str:
    name = str(tensor.dtype).removeprefix("torch.")
    return _NAMES.get(name, name)


def _content(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    kind = kind_of(path)
    require_complete(path, kind)
    if kind is not FileKind.SAFETENSORS:
        return _apart(path)
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            return {name: file.get_tensor(name) for name in names}, dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise UnusableInput(
            f"{path.name} is not a readable safetensors file: {error}.", "Copy it again."
        ) from None


def _apart(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the content of a PyTorch file, loaded weights-only, with torchao's tensors taken apart."""
    if find_spec("torchao") is None:
        return dict(read_weights(path)), {}
    from torchao.prototype.safetensors.safetensors_support import flatten_tensor_state_dict

    weights = read_weights(path)
    plain = {name: tensor for name, tensor in weights.items() if type(tensor) is Tensor}
    try:
        tensors, metadata = flatten_tensor_state_dict(
            {name: tensor for name, tensor in weights.items() if name not in plain}
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise UnusableInput(
            f"{path.name} holds tensors of torchao whose layout is not known: {error}",
            "Save the model with the installed version of torchao, as safetensors.",
        ) from None
    metadata.pop("tensor_names", None)
    return {**plain, **tensors}, {name: str(about) for name, about in metadata.items()}
