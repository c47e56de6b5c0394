"""torchao: tensor subclasses taken apart into plain tensors, `layer._weight_qdata`, `_scale` and others.

What each weight is stands in the metadata of the safetensors file, as `torchao.prototype.safetensors` writes
it: `_type`, and `block_size`, the numbers along each dimension that share a scale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.domain.quantized_files.entries import FLOATS, Entry, Header
from core.domain.quantized_files.survey import CHANNEL, TENSOR, Format, Parts, QuantizedWeight

PLAIN = "Tensor"
INTEGERS = {"Int8Tensor": 8, "IntxUnpackedToInt8Tensor": 0}
"""Classes of integers in bytes, and their bits; 0: as their `target_dtype` says."""
FLOAT8 = "Float8Tensor"
_CODES = {**{kind: ["I8"] for kind in INTEGERS}, FLOAT8: ["F8_E4M3", "F8_E5M2"]}


class TorchAo(Format):
    """Files of torchao, as transformers saves them."""

    method = "torchao"
    label = "torchao"

    def weights(
        self, config: Mapping[str, Any], header: Header, problems: list[str]
    ) -> list[QuantizedWeight]:
        """Return the weights that the metadata say are tensor subclasses."""
        del config
        found = []
        for name, text in header.metadata.items():
            about = _about(text)
            if about is not None and about["_type"] != PLAIN:
                found.append(_weight(name, about, header, problems))
        if not found and not problems:
            problems.append("the metadata of the files describe no tensor of torchao")
        return [weight for weight in found if weight is not None]

    def remarks(self, config: Mapping[str, Any], header: Header) -> list[str]:
        """Return whether activations were quantized there."""
        del config
        asked = ("act_quant_kwargs", "activation_quantization")
        data = [about["_data"] for text in header.metadata.values() if (about := _about(text))]
        if any(values.get(name) for values in data for name in asked):
            return ["There, activations were quantized as well; here they are floating-point numbers."]
        return []


def _about(text: str) -> dict[str, Any] | None:
    """Return what the metadata say of a tensor; None where they speak of something else."""
    try:
        about = json.loads(text)
    except ValueError:
        return None
    if not isinstance(about, dict) or not isinstance(about.get("_type"), str):
        return None
    data = about.get("_data")
    return {**about, "_data": data if isinstance(data, dict) else {}}


def _weight(
    name: str, about: Mapping[str, Any], header: Header, problems: list[str]
) -> QuantizedWeight | None:
    kind, data = about["_type"], about["_data"]
    if kind not in _CODES:
        problems.append(f"{name} is a {kind[:60]}, whose layout is not known; known are {', '.join(_CODES)}")
        return None
    layer, _, leaf = name.rpartition(".")
    parts = Parts(layer, header, problems)
    codes, scale = parts.entry(f"_{leaf}_qdata", _CODES[kind]), parts.entry(f"_{leaf}_scale", FLOATS)
    zero = parts.optional(f"_{leaf}_zero_point", ["I8", "I32", "I64", "F32", "BF16", "F16"])
    bits = INTEGERS.get(kind, 8) or _integer_bits(data)
    block = data.get("block_size")
    if codes is None or scale is None:
        return None
    if bits is None or not _is_block(block, codes):
        parts.wrong(f"the metadata of {name} give no known type and block size")
        return None
    assert isinstance(block, list)  # noqa: S101  what _is_block found
    rows, columns = (-(-size // each) for size, each in zip(codes.shape, block, strict=True))
    why = f"of blocks of {block[0]} x {block[1]}"
    for part, entry in ((f"_{leaf}_scale", scale), (f"_{leaf}_zero_point", zero)):
        if entry is not None and not parts.require_shape(part, entry, (rows, columns), why):
            return None
    return QuantizedWeight(
        name=name,
        method=FLOAT8 if kind == FLOAT8 else PLAIN,
        parts={part.removeprefix(f"_{leaf}_"): found for part, found in parts.found.items()},
        numbers=codes.numbers,
        bits=bits,
        group=_group(block, codes),
        zero_points=False,
        stored_bytes=parts.stored_bytes,
        options={"block": tuple(block)},
    )


def _integer_bits(data: Mapping[str, Any]) -> int | None:
    target = data.get("target_dtype")
    text = str(target.get("_data", "")) if isinstance(target, dict) else ""
    digits = text.removeprefix("int")
    return int(digits) if text.startswith("int") and digits.isdigit() and 1 <= int(digits) <= 8 else None


def _is_block(block: object, codes: Entry) -> bool:
    return (
        isinstance(block, list)
        and len(block) == len(codes.shape)
        and all(isinstance(size, int) and size > 0 for size in block)
    )


def _group(block: list[int], codes: Entry) -> int:
    if block[0] > 1:
        return TENSOR if tuple(block) == codes.shape else block[1]
    return CHANNEL if block[1] >= codes.shape[1] else block[1]
