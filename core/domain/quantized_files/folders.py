"""Which files of a folder hold a quantized model's weights, and what its configuration says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.quantized_files.formats import quantization_of
from core.errors import UnusableInput
from core.presentation.lists import listed

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_SINGLE = ("model.safetensors", "pytorch_model.bin")
_OLD_GPTQ = "quantize_config.json"
_COPY = "Copy all files of the model again."


@dataclass(frozen=True)
class WeightParts:
    """The weight files of a model. names: of tensors that an index says they hold; none without one."""

    files: tuple[Path, ...]
    names: tuple[str, ...] = ()


def is_inside(file: str) -> bool:
    """Return whether the name of a file stays in the folder that it is of."""
    path = Path(file)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in file and "\0" not in file


def configuration(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the `config.json` of a folder, and the part of it that says how the model is quantized.

    Old GPTQ files have that in `quantize_config.json`.

    Raises:
        UnusableInput: there is no such file, it is damaged, or it speaks of no quantization.
    """
    if not folder.is_dir():
        raise UnusableInput(f"There is no folder {folder}.", "Give the path as the worker sees it.")
    config = _json(folder / "config.json")
    found = quantization_of(config)
    if found is None and (folder / _OLD_GPTQ).is_file():
        found = {"quant_method": "gptq", **_json(folder / _OLD_GPTQ)}
    if found is None:
        raise UnusableInput(
            f"The config.json of {folder.name} does not say that the model is quantized.",
            "Import it from the source Hugging Face, or give the name of its GGUF file.",
        )
    return config, found


def weight_parts(folder: Path) -> WeightParts:
    """Return the weight files; `UnusableInput` where there are none, several models, or parts are missing."""
    for name in _INDEXES:
        if (folder / name).is_file():
            return _indexed(folder, _json(folder / name), name)
    for name in _SINGLE:
        if (folder / name).is_file():
            return WeightParts((folder / name,))
    others = sorted(folder.glob("*.safetensors"))
    if len(others) != 1:
        told = f"several models ({listed([path.name for path in others], 3)})" if others else "no weight file"
        raise UnusableInput(
            f"The folder {folder.name} holds {told}.",
            "A model's folder has model.safetensors, or parts of it with an index.",
        )
    return WeightParts((others[0],))


def _indexed(folder: Path, index: Mapping[str, Any], name: str) -> WeightParts:
    places = index.get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(each, str) for each in places.values()):
        raise UnusableInput(f"{name} does not say which file holds which tensor.", _COPY)
    files = sorted(set(places.values()))
    outside = [each for each in files if Path(each).name != each]
    if outside:
        raise UnusableInput(f"{name} names a file outside of its folder: {outside[0]!r}.", _COPY)
    missing = [each for each in files if not (folder / each).is_file()]
    if missing:
        raise UnusableInput(
            f"The folder {folder.name} lacks {listed(missing, 3)}, which {name} names.", _COPY
        )
    return WeightParts(tuple(folder / each for each in files), tuple(places))


def _json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnusableInput(
            f"The folder {path.parent.name} has no {path.name}.",
            "Give the folder of a model, with its files.",
        ) from None
    except (OSError, ValueError) as error:
        raise UnusableInput(f"{path.name} cannot be read: {error}.", _COPY) from None
    if not isinstance(content, dict):
        raise UnusableInput(f"{path.name} is not an object.", _COPY)
    return content
