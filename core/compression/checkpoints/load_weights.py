"""Reads the weights of a model that Compress and Compare exported. Needs PyTorch and nothing else.

    from load_weights import state_dict
    model.load_state_dict(state_dict("model.safetensors"))

`python load_weights.py model.safetensors dense.safetensors` writes the same weights as plain tensors, which
every reader of safetensors takes. The weights are, bit for bit, those that were measured.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
import zlib
from typing import Any

import torch
from torch import Tensor

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_KEY = "compress-and-compare"
_PART = "::"
_CODES_AT_ONCE = 1 << 20


def state_dict(path: str) -> dict[str, Tensor]:
    """Return the weights by name, each in its own dtype.

    Raises:
        ValueError: the file was altered, is cut off, or is not one of ours.
    """
    tensors, manifest = _read(path)
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        name, _, part = key.partition(_PART)
        grouped.setdefault(name, {})[part] = tensor
    state = {name: _restored(manifest["packed"].get(name, {}), parts) for name, parts in grouped.items()}
    return state | {alias: state[name] for alias, name in manifest["aliases"].items()}


def origin(path: str) -> dict[str, Any]:
    """Return how the module was built: `architecture`, and `edits` of its shape or arithmetic."""
    manifest = _read(path)[1]
    return {"architecture": manifest["architecture"], "edits": manifest.get("edits", [])}


def save_plain(state: dict[str, Tensor], path: str) -> None:
    """Write weights as plain safetensors; tensors that share memory are written once for each name."""
    names = {dtype: name for name, dtype in _DTYPES.items()}
    header, pieces, offset = {}, [], 0
    for name, tensor in sorted(state.items()):
        plain = tensor.detach().cpu().contiguous()
        raw = ctypes.string_at(plain.data_ptr(), plain.numel() * plain.element_size())
        span = [offset, offset + len(raw)]
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": span}
        pieces.append(raw)
        offset += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:  # noqa: PTH123  one function less to know
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(pieces)


def _read(path: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with open(path, "rb") as file:  # noqa: PTH123
        content = file.read()
    try:
        start = 8 + struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:start])
        text = header.pop("__metadata__")[_KEY]
        tensors = {name: _tensor(content, start, about) for name, about in header.items()}
        checksum = _checksum(text[8:], memoryview(content)[start:], header)
    except (struct.error, ValueError, KeyError) as error:
        raise ValueError(f"{path} cannot be read as an exported model: {error}") from error
    if text[:8] != f"{checksum:08x}":
        raise ValueError(f"{path} was altered after it was written")
    return tensors, json.loads(text[8:])


def _tensor(content: bytes, start: int, about: dict[str, Any]) -> Tensor:
    first, end = (start + offset for offset in about["data_offsets"])
    if end > len(content):
        raise ValueError("the file is cut off")
    dtype = _DTYPES[about["dtype"]]
    if first == end:
        return torch.empty(about["shape"], dtype=dtype)
    return torch.frombuffer(bytearray(content[first:end]), dtype=dtype).reshape(about["shape"])


def _checksum(manifest: str, content: memoryview, header: dict[str, Any]) -> int:
    value = zlib.crc32(manifest.encode())
    for name in sorted(header):
        about = header[name]
        first, end = about["data_offsets"]
        value = zlib.crc32(f"{name}|{_DTYPES[about['dtype']]}|{about['shape']}".encode(), value)
        value = zlib.crc32(content[first:end], value)
    return value


def _restored(fields: dict[str, Any], parts: dict[str, Tensor]) -> Tensor:
    """Undo what packing did: bit mask, codes of a few bits, then scales or a table of values."""
    if not fields:
        return parts[""]
    shape = torch.Size(fields["shape"])
    mask = _unpacked(parts["mask"], 1, shape.numel()).bool() if fields["masked"] else None
    kept = shape.numel() if mask is None else int(mask.sum())
    if "coding" not in fields:
        return _scattered(parts["values"], mask, shape)
    codes = parts["codes"]
    if codes.dtype is torch.uint8:
        codes = _unpacked(codes, fields["bits"], kept)
    weight = _decoded(fields, parts, _scattered(codes, mask, shape))
    return weight if mask is None else weight.masked_fill_(~mask.view(shape), 0)


def _unpacked(packed: Tensor, bits: int, count: int) -> Tensor:
    """Return codes of so many bits each, which follow one another without gaps, lowest bit first."""
    if bits == 8:
        return packed[:count].clone()
    codes = torch.empty(count, dtype=torch.uint8)
    values = torch.bitwise_left_shift(
        torch.ones(bits, dtype=torch.uint8), torch.arange(bits, dtype=torch.uint8)
    )
    places = torch.arange(8, dtype=torch.uint8)
    for first in range(0, count, _CODES_AT_ONCE):
        size = min(_CODES_AT_ONCE, count - first)
        piece = packed[first * bits // 8 : (first + size) * bits // 8 + 1]
        single = torch.bitwise_right_shift(piece.unsqueeze(1), places).bitwise_and_(1).flatten()
        codes[first : first + size] = (single[: size * bits].view(size, bits) * values).sum(1).to(torch.uint8)
    return codes


def _scattered(values: Tensor, mask: Tensor | None, shape: torch.Size) -> Tensor:
    if mask is None:
        return values.reshape(shape)
    full = torch.zeros(shape.numel(), dtype=values.dtype)
    full[mask] = values
    return full.reshape(shape)


def _decoded(fields: dict[str, Any], parts: dict[str, Tensor], codes: Tensor) -> Tensor:
    dtype = getattr(torch, fields["dtype"])
    if fields["coding"] == "palette":
        return parts["codebook"].to(dtype)[codes.long()]
    if fields["coding"] == "palettes":
        return _from_palettes(fields, parts["codebook"], codes, dtype)
    blocks = _blocks(fields, codes)
    if fields["coding"] == "cast":
        blocks = blocks.contiguous().view(getattr(torch, fields["number"])).float().mul_(parts["scale"])
        return _whole(fields, blocks.add_(0.0), codes.shape).to(dtype)
    zero = parts.get("zero", torch.full_like(parts["scale"], 2 ** (fields["bits"] - 1)))
    return _whole(fields, blocks.float().sub_(zero).mul_(parts["scale"]), codes.shape).to(dtype)


def _from_palettes(fields: dict[str, Any], codebooks: Tensor, codes: Tensor, dtype: torch.dtype) -> Tensor:
    channels = _channels_first(codes, fields["axis"])
    of_one = len(channels) if isinstance(fields["axis"], int) else codes.shape[fields["axis"][1]]
    groups = [part for matrix in channels.split(of_one) for part in matrix.split(fields["group"])]
    values = [book.unique().to(dtype)[part.long()] for part, book in zip(groups, codebooks, strict=True)]
    return _channels_back(torch.cat(values), codes.shape, fields["axis"])


def _blocks(fields: dict[str, Any], codes: Tensor) -> Tensor:
    """Return the weights that share a scale side by side, `(blocks, block size)`."""
    if fields["granularity"] == "tensor":
        return codes.reshape(1, -1)
    matrix = _channels_first(codes, fields["axis"]).flatten(1)
    if fields["granularity"] == "channel":
        return matrix
    missing = -matrix.shape[1] % fields["group"]
    return torch.cat([matrix, matrix.new_zeros(len(matrix), missing)], 1).reshape(-1, fields["group"])


def _whole(fields: dict[str, Any], blocks: Tensor, shape: torch.Size) -> Tensor:
    if fields["granularity"] == "tensor":
        return blocks.reshape(shape)
    axis = fields["axis"]
    channels = shape[axis] if isinstance(axis, int) else shape[axis[0]] * shape[axis[1]]
    return _channels_back(blocks.reshape(channels, -1)[:, : shape.numel() // channels], shape, axis)


def _channels_first(weight: Tensor, axis: int | list[int]) -> Tensor:
    if isinstance(axis, int):
        return weight.movedim(axis, 0)
    return weight.movedim(tuple(axis), (0, 1)).flatten(0, 1)


def _channels_back(values: Tensor, shape: torch.Size, axis: int | list[int]) -> Tensor:
    kept = (axis,) if isinstance(axis, int) else tuple(axis)
    moved = [shape[each] for each in kept] + [size for each, size in enumerate(shape) if each not in kept]
    return values.reshape(moved).movedim(tuple(range(len(kept))), kept).contiguous()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python load_weights.py model.safetensors dense.safetensors")
    save_plain(state_dict(sys.argv[1]), sys.argv[2])
