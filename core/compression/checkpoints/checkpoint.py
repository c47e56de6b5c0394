"""One model in one safetensors file, bit for bit: packed weights, and how to build the module.

The metadata holds a single entry, so that equal models give equal files. Its checksum covers the
manifest and every tensor; nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from core.compression.edits import AppliedEdit, replay
from core.compression.encoding.packing import pack_mask, unpack_mask
from core.compression.encoding.storage import StoredTensor, restore, restored_encoding, store
from core.compression.model import CompressibleModel, fill
from core.compression.sharing import canonical_names, share
from core.errors import CompressCompareError, CorruptArtifact, UnknownName, UnusableInput
from core.models.base import Architecture
from core.models.onnx_runtime.graph import Weight
from core.models.onnx_runtime.runtime_module import OnnxModule

FORMAT_VERSION = 3  # 2: edits; 3: masks of pruned weights; earlier files have none
PART = "::"  # between a weight's name and the name of a part of it
MASK = "pruned"  # part of a weight: its mask, where other weights beside the pruned ones are zero
METADATA_KEY = "compress-and-compare"
_AGAIN = "Run the step again; if files keep breaking, check the disk."


@dataclass(frozen=True)
class StoredForm:
    """How one tensor is stored.

    form: see `StoredTensor.form`. bits: of the whole payload. code_bits: of one code, 0 without codes.
    granularity: which weights share a scale, empty without scales, whose range is NaN then.
    """

    form: str
    bits: int
    code_bits: int = 0
    granularity: str = ""
    scale_min: float = math.nan
    scale_max: float = math.nan


@dataclass(frozen=True)
class CheckpointSummary:
    """What storing a model takes.

    theoretical_bytes: payload without the file's header and alignment.
    bits_per_weight: payload bits over all stored numbers, shared ones counted once.
    forms: how many tensors are stored in which form.
    tensors: the form of each, by its name in the state dict.
    """

    file_bytes: int
    theoretical_bytes: int
    bits_per_weight: float
    forms: Mapping[str, int]
    tensors: Mapping[str, StoredForm]


def save(model: CompressibleModel, path: Path) -> CheckpointSummary:
    """Write the model; an existing file is replaced at once or not at all."""
    aliases = canonical_names(model.module)
    state = model.module.state_dict()
    stored = {
        name: store(tensor, model.encodings.get(name), pruned=name in model.pruned)
        for name, tensor in state.items()
        if name not in aliases
    }
    masks = {name: mask & (state[name].cpu() == 0) for name, mask in model.pruned.items() if name in stored}
    tensors = {
        f"{name}{PART}{part}" if part else name: value
        for name, entry in stored.items()
        for part, value in entry.parts.items()
    }
    tensors |= {
        f"{name}{PART}{MASK}": torch.from_numpy(pack_mask(mask.flatten().numpy()))
        for name, mask in masks.items()
        if not torch.equal(mask, state[name].cpu() == 0)
    }
    manifest = {
        "version": FORMAT_VERSION,
        "architecture": {
            "source": model.architecture.source,
            "parameters": dict(model.architecture.parameters),
        },
        "edits": [edit.to_json() for edit in model.edits],
        "packed": {name: dict(entry.fields) for name, entry in stored.items() if entry.fields},
        "aliases": aliases,
        "pruned": sorted(masks),
    }
    _write(path, tensors, json.dumps(manifest, sort_keys=True, separators=(",", ":")))
    if isinstance(model.module, OnnxModule):
        return _of_graph(model.module, path.stat().st_size)
    return _summary(stored, path.stat().st_size)


def load(
    path: Path, device: str | torch.device = "cpu", *, was_pruned: Callable[[], bool] = lambda: True
) -> CompressibleModel:
    """Return the stored model.

    was_pruned: whether a step that made the model pruned weights; asked of files from before there were
        masks, whose zeros in sparse tensors then count as pruned.

    Raises:
        CorruptArtifact: the file is missing, truncated, altered, or not one of ours.
        UnusableInput: a plug-in that the model needs is missing, or no registry was filled.
    """
    manifest, tensors = _read(path)
    try:
        architecture = Architecture(
            manifest["architecture"]["source"], manifest["architecture"]["parameters"]
        )
        packed, aliases = manifest["packed"], manifest["aliases"]
        module = architecture.build()
        edits = tuple(AppliedEdit.from_json(values) for values in manifest.get("edits", []))
        replay(module, edits)
        state, encodings, pruned = {}, {}, {}
        masked = _masked(manifest, was_pruned)
        for name, parts in _grouped(tensors).items():
            fields = packed.get(name, {})
            state[name] = restore(fields, parts)
            encoding = restored_encoding(fields, parts)
            if encoding is not None:
                encodings[name] = encoding
            if name in masked:
                pruned[name] = _mask(state[name], parts.get(MASK))
        _fill(module, state, aliases)
    except UnknownName as error:
        raise UnusableInput(
            f"{path.name} is sound, but the {error.kind} {error.name!r} that it needs is not known here.",
            "Install the plug-in that has it. A script of your own calls "
            "core.execution.registries.load_registries() before it loads a model.",
        ) from error
    except CompressCompareError as error:
        raise CorruptArtifact(
            f"The model in {path.name} cannot be built again: {error.message}", error.hint
        ) from None
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise CorruptArtifact(f"The checkpoint {path.name} contradicts itself: {error}.", _AGAIN) from error
    return CompressibleModel(module.to(device).eval(), architecture, encodings, edits, pruned=pruned)


def _masked(manifest: Mapping[str, Any], was_pruned: Callable[[], bool]) -> set[str]:
    """Return the names of weights that have a mask."""
    if "pruned" in manifest:
        return set(manifest["pruned"])
    sparse = {name for name, fields in manifest["packed"].items() if fields["masked"]}
    return sparse if sparse and was_pruned() else set()


def _mask(weight: Tensor, packed: Tensor | None) -> Tensor:
    """Return the mask of pruned weights: as stored, or all that are zero."""
    if packed is None:
        return weight == 0
    return torch.from_numpy(unpack_mask(packed.numpy(), weight.numel())).view(weight.shape)


def _fill(module: nn.Module, state: dict[str, Tensor], aliases: Mapping[str, str]) -> None:
    for alias, name in aliases.items():
        state[alias] = state[name]
    fill(module, state, assign=True)
    share(module, aliases)


def _grouped(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        name, _, part = key.partition(PART)
        grouped.setdefault(name, {})[part] = tensor
    return grouped


def _summary(stored: Mapping[str, StoredTensor], file_bytes: int) -> CheckpointSummary:
    bits = sum(entry.theoretical_bits for entry in stored.values())
    numbers = sum(_numel(entry) for entry in stored.values())
    return CheckpointSummary(
        file_bytes=file_bytes,
        theoretical_bytes=-(-bits // 8),
        bits_per_weight=bits / numbers if numbers else 0.0,
        forms=Counter(entry.form for entry in stored.values()),
        tensors={name: _form(entry) for name, entry in stored.items()},
    )


def _of_graph(module: OnnxModule, file_bytes: int) -> CheckpointSummary:
    """Return what storing an ONNX file takes: all of its bytes, over the weights in it."""
    weights = module.shown.weights if module.shown is not None else ()
    size = module.graph.numel()
    return CheckpointSummary(
        file_bytes=file_bytes,
        theoretical_bytes=size,
        bits_per_weight=8 * size / module.numbers if module.numbers else 0.0,
        forms=Counter(weight.form for weight in weights),
        tensors={weight.name: _form_in_graph(weight) for weight in weights},
    )


def _form_in_graph(weight: Weight) -> StoredForm:
    scales = weight.scales
    low, high = (float(scales.min()), float(scales.max())) if scales is not None else (math.nan, math.nan)
    return StoredForm(weight.form, weight.bits, weight.code_bits, weight.granularity, low, high)


def _form(entry: StoredTensor) -> StoredForm:
    scale = entry.parts.get("scale")
    low, high = (float(bound) for bound in scale.aminmax()) if scale is not None else (math.nan, math.nan)
    return StoredForm(
        form=entry.form,
        bits=entry.theoretical_bits,
        code_bits=entry.fields.get("bits", 0),
        granularity=entry.fields.get("granularity", ""),
        scale_min=low,
        scale_max=high,
    )


def _numel(entry: StoredTensor) -> int:
    if not entry.fields:
        return entry.parts[""].numel()
    return torch.Size(entry.fields["shape"]).numel()


def _write(path: Path, tensors: Mapping[str, Tensor], manifest: str) -> None:
    temporary = path.with_name(path.name + ".partial")
    checksum = _checksum(manifest, tensors)
    try:
        save_file(dict(tensors), temporary, metadata={METADATA_KEY: f"{checksum:08x}{manifest}"})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    if not path.is_file():
        raise CorruptArtifact(f"The checkpoint {path.name} is missing.", _AGAIN)
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(METADATA_KEY, "")
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise CorruptArtifact(f"The checkpoint {path.name} cannot be read: {error}.", _AGAIN) from error
    if not text:
        raise CorruptArtifact(
            f"{path.name} holds weights, but not how to build the model.",
            "Import it as a base model instead.",
        )
    if text[:8] != f"{_checksum(text[8:], tensors):08x}":
        raise CorruptArtifact(f"The checkpoint {path.name} was altered after it was written.", _AGAIN)
    manifest: dict[str, Any] = json.loads(text[8:])
    if manifest["version"] > FORMAT_VERSION:
        raise CorruptArtifact(
            f"The checkpoint {path.name} was written by a newer version of this product.",
            "Update this worker.",
        )
    return manifest, tensors


def _checksum(manifest: str, tensors: Mapping[str, Tensor]) -> int:
    """Return a CRC-32 over the manifest and over name, dtype, shape and bytes of each tensor."""
    value = zlib.crc32(manifest.encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        value = zlib.crc32(f"{name}|{tensor.dtype}|{list(tensor.shape)}".encode(), value)
        value = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, value)
    return value
