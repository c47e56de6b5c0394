"""bitsandbytes: int8 with a scale per output (`SCB`), or a table of 16 values with a scale per block.

T. Dettmers et al., "LLM.int8()", NeurIPS 2022, and "QLoRA", NeurIPS 2023. Of 4 bits, `weight (bytes, 1)`
holds two codes a byte, the first in the higher bits; `quant_map` the values and `absmax` the scales, which
with double quantization are codes themselves (`nested_absmax`, `nested_quant_map`). Blocks run through rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.quantized_files.entries import Header
from core.domain.quantized_files.survey import CHANNEL, Format, Parts, QuantizedWeight

INT8 = "int8"
TABLES = ("nf4", "fp4")
STATE = "weight.quant_state.bitsandbytes__"
_AFTER_MATRIX = "weight_format"
_TABLE_VALUES = 16


class BitsAndBytes(Format):
    """Files of bitsandbytes, as transformers saves them."""

    method = "bitsandbytes"
    label = "bitsandbytes"

    def weights(
        self, config: Mapping[str, Any], header: Header, problems: list[str]
    ) -> list[QuantizedWeight]:
        """Return the weights with an `SCB` or an `absmax`."""
        eight, four = bool(config.get("load_in_8bit")), bool(config.get("load_in_4bit"))
        if eight == four:
            problems.append("the configuration says neither or both of load_in_8bit and load_in_4bit")
            return []
        other, said = (".weight.absmax", "8") if eight else (".SCB", "4")
        if wrong := header.ending_with(other):
            packed = "4" if eight else "8"
            problems.append(f"the configuration says {said} bits, but {wrong[0]} is packed with {packed}")
            return []
        if eight:
            found = [_int8(name, header, problems) for name in header.ending_with(".SCB")]
        else:
            table = str(config.get("bnb_4bit_quant_type", "fp4"))
            if table not in TABLES:
                problems.append(f"the table {table!r} of 4 bits is not known, only nf4 and fp4")
                return []
            found = [_four(name, table, header, problems) for name in header.ending_with(".weight.absmax")]
        lonely = {f"{name}.weight" for name in header.ending_with(".weight")} & {
            name for name, entry in header.entries.items() if entry.dtype in {"U8", "I8"}
        }
        named = {weight.name for weight in found if weight is not None}
        if not problems:
            problems += [f"{name} holds codes, but no scales" for name in sorted(lonely - named)]
        return [weight for weight in found if weight is not None]

    def remarks(self, config: Mapping[str, Any], header: Header) -> list[str]:
        """Return what happened to activations there."""
        del header
        said = (
            "There, outlier activations above {} were computed in 16 bits and the others in 8; here all of "
        )
        said += "them are floating-point numbers."
        return [said.format(config.get("llm_int8_threshold", 6.0))] if config.get("load_in_8bit") else []

    def passed_over(self, name: str) -> bool:
        """Return whether a tensor only says how int8 numbers are laid out."""
        return name.endswith(f".{_AFTER_MATRIX}")


def _int8(layer: str, header: Header, problems: list[str]) -> QuantizedWeight | None:
    parts = Parts(layer, header, problems)
    codes, scales = parts.entry("weight", ["I8"]), parts.entry("SCB", ["F32"], 1)
    if codes is None or scales is None:
        return None
    if not parts.require_shape("SCB", scales, (codes.shape[0],), "it has a scale per output"):
        return None
    return QuantizedWeight(
        f"{layer}.weight",
        INT8,
        parts.found,
        codes.numbers,
        bits=8,
        group=CHANNEL,
        stored_bytes=parts.stored_bytes,
    )


def _four(layer: str, table: str, header: Header, problems: list[str]) -> QuantizedWeight | None:
    parts = Parts(layer, header, problems)
    codes, values = parts.entry("weight", ["U8"], 0), parts.entry("weight.quant_map", ["F32"], 1)
    state = parts.entry(f"{STATE}{table}", ["U8"], 1)
    nested = parts.optional("weight.nested_absmax", ["F32"], 1)
    if nested is not None:
        parts.entry("weight.nested_quant_map", ["F32"], 1)
    scales = parts.entry("weight.absmax", ["U8"] if nested is not None else ["F32"], 1)
    if codes is None or values is None or state is None or scales is None or not scales.numbers:
        return None
    if not parts.require_shape("weight.quant_map", values, (_TABLE_VALUES,), "of 4 bits"):
        return None
    return QuantizedWeight(
        f"{layer}.weight",
        table,
        parts.found,
        codes.numbers * 2,
        bits=4,
        group=-(-codes.numbers * 2 // scales.numbers),
        stored_bytes=parts.stored_bytes,
    )
