"""GPTQ: 2, 3, 4 or 8 bits in words of 32, packed along the inputs of a layer, lowest bit first.

E. Frantar et al., "GPTQ", ICLR 2023; the layout is that of AutoGPTQ and GPTQModel: `qweight (inputs * bits /
32, outputs)`, `qzeros (groups, outputs * bits / 32)`, `scales (groups, outputs)` and `g_idx (inputs,)`, the
group of each input. `checkpoint_format: gptq` stores zero points less one, `gptq_v2` as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.quantized_files.entries import FLOATS, Header
from core.domain.quantized_files.survey import CHANNEL, Format, Parts, QuantizedWeight, whole_number

WORD = 32
_BITS = (2, 3, 4, 8)
_ZEROS_LESS_ONE = {"gptq": True, "gptq_v2": False}


class Gptq(Format):
    """Files of AutoGPTQ, GPTQModel and optimum."""

    method = "gptq"
    label = "GPTQ"

    def weights(
        self, config: Mapping[str, Any], header: Header, problems: list[str]
    ) -> list[QuantizedWeight]:
        """Return the weights with a `qweight`."""
        bits = whole_number(config, ["bits"], problems)
        group = whole_number(config, ["group_size"], problems)
        form = config.get("checkpoint_format") or "gptq"
        if form not in _ZEROS_LESS_ONE:
            problems.append(f"the GPTQ layout {form!r} is not known, only gptq and gptq_v2")
        if bits is not None and bits not in _BITS:
            problems.append(f"GPTQ of {bits} bits is not known, only of 2, 3, 4 and 8")
        if group is not None and (group < -1 or group == 0):
            problems.append(f"group_size is {group} in the configuration")
        if problems or bits is None or group is None:
            return []
        found = (
            _weight(name, (bits, group), header, problems, less_one=_ZEROS_LESS_ONE[form])
            for name in header.ending_with(".qweight")
        )
        return [weight for weight in found if weight is not None]


def _weight(
    layer: str, settings: tuple[int, int], header: Header, problems: list[str], *, less_one: bool
) -> QuantizedWeight | None:
    bits, group = settings
    parts = Parts(layer, header, problems)
    codes, scales = parts.entry("qweight", ["I32"]), parts.entry("scales", FLOATS)
    zeros, order = parts.entry("qzeros", ["I32"]), parts.optional("g_idx", ["I32", "I64"], 1)
    if codes is None or scales is None or zeros is None:
        return None
    outputs = scales.shape[1]
    if not packed_in(parts, (zeros.shape[1], outputs, bits), "qzeros"):
        return None
    inputs = order.shape[0] if order is not None else codes.shape[0] * WORD // bits
    size = inputs if group == -1 else group
    groups = -(-inputs // size)
    fits = (
        parts.require_shape("qweight", codes, (-(-inputs * bits // WORD), outputs), f"of {bits} bits")
        and parts.require_shape("scales", scales, (groups, outputs), f"of groups of {size:,}")
        and parts.require_shape("qzeros", zeros, (groups, zeros.shape[1]), f"of groups of {size:,}")
    )
    if not fits:
        return None
    options = {"inputs": inputs, "outputs": outputs, "size": size, "less_one": less_one}
    return QuantizedWeight(
        name=f"{layer}.weight",
        method=Gptq.method,
        parts=parts.found,
        numbers=inputs * outputs,
        bits=bits,
        group=CHANNEL if group == -1 else group,
        zero_points=True,
        stored_bytes=parts.stored_bytes,
        options=options,
    )


def packed_in(parts: Parts, packing: tuple[int, int, int], part: str) -> bool:
    """Return whether words hold so many codes of so many bits; says which bits they hold instead.

    packing: words, codes and bits.
    """
    words, codes, bits = packing
    if words == -(-codes * bits // WORD):
        return True
    held = words * WORD / codes if codes else 0
    parts.wrong(f"the configuration says {bits} bits, but {parts.layer}.{part} is packed with {held:g}")
    return False
