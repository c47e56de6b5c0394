"""A checkpoint taken apart: which bytes of its file are for what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from core.compression.checkpoints.checkpoint import METADATA_KEY, PART
from core.domain.measurement.stored_bytes import ByteKind
from core.models.onnx_runtime.runtime_module import OnnxModule

_LENGTH_BYTES = 8  # of the header's length, at the beginning of a safetensors file
_CHECKSUM_DIGITS = 8  # before the manifest
_PARTS = {
    "codebook": ByteKind.CODEBOOKS,
    "scale": ByteKind.SCALES,
    "zero": ByteKind.ZERO_POINTS,
    "mask": ByteKind.MASKS,
    "pruned": ByteKind.MASKS,
    "values": ByteKind.KEPT,
}
_TEXTS = np.dtypes.StringDType()
_Row = tuple[str, ByteKind, int, int]


def file_bytes(path: Path, module: nn.Module) -> dict[str, NDArray[Any]]:
    """Return the bytes of a checkpoint by tensor and use; arrays are `(rows,)` and add up to the file.

    tensor: name in the state dict, empty for the header. kind: text, see `ByteKind`. bytes: int64. numbers:
    int64, how many the tensor has, in the row of its own numbers or codes, else 0.

    module: that of the checkpoint, for the types of its modules; its numbers are not looked at.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    if isinstance(module, OnnxModule):
        return _arrays(_of_graph(module, path.stat().st_size))
    manifest = json.loads(header.pop("__metadata__")[METADATA_KEY][_CHECKSUM_DIGITS:])
    tables = {
        name
        for name, child in module.named_modules(remove_duplicate=False)
        if isinstance(child, nn.Embedding)
    }
    rows = [("", ByteKind.HEADER, _LENGTH_BYTES + length, 0)]
    for key, entry in header.items():
        name, _, part = key.partition(PART)
        first, end = entry["data_offsets"]
        fields = manifest["packed"].get(name, {})
        kind = _kind(name, part, entry["shape"], fields) if part else _plain(name, entry["shape"], tables)
        whole = part in {"", "codes", "values"}
        rows.append((name, kind, end - first, _numbers(fields.get("shape", entry["shape"])) if whole else 0))
    return _arrays(rows)


def _arrays(rows: list[_Row]) -> dict[str, NDArray[Any]]:
    names, kinds, sizes, numbers = zip(*rows, strict=True)
    return {
        "tensor": np.array(names, dtype=_TEXTS),
        "kind": np.array([kind.value for kind in kinds], dtype=np.str_),
        "bytes": np.array(sizes, np.int64),
        "numbers": np.array(numbers, np.int64),
    }


def _of_graph(module: OnnxModule, file_bytes: int) -> list[_Row]:
    """Return a row for each weight, and one for operators and names, which are all the rest."""
    weights = module.shown.weights if module.shown is not None else ()
    rows = []
    for weight in weights:
        scales = 0 if weight.scales is None else int(weight.scales.nbytes)
        kind = ByteKind.CODES if weight.code_bits else _plain("", list(weight.values.shape), set())
        rows.append((weight.name, kind, weight.bits // 8 - scales, int(weight.values.size)))
        if scales:
            rows.append((weight.name, ByteKind.SCALES, scales, 0))
    return [("", ByteKind.HEADER, file_bytes - sum(row[2] for row in rows), 0), *rows]


def _kind(name: str, part: str, shape: list[int], fields: Mapping[str, Any]) -> ByteKind:
    if part == "codes":
        return ByteKind.INDICES if str(fields.get("coding", "")).startswith("palette") else ByteKind.CODES
    return _PARTS.get(part) or _plain(name, shape, set())


def _plain(name: str, shape: list[int], tables: set[str]) -> ByteKind:
    if name.rpartition(".")[0] in tables:
        return ByteKind.EMBEDDINGS
    return ByteKind.UNTOUCHED if len(shape) > 1 else ByteKind.VECTORS


def _numbers(shape: list[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))
