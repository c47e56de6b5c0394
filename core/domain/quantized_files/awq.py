"""AWQ: 4 bits, eight outputs in a word of 32 bits, in the order 0 2 4 6 1 3 5 7 (AutoAWQ's `gemm` layout).

J. Lin et al., "AWQ", MLSys 2024. `qweight (inputs, outputs / 8)`, `qzeros (groups, outputs / 8)` and `scales
(groups, outputs)`; `weight = (code - zero) * scale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.quantized_files.entries import FLOATS, Header
from core.domain.quantized_files.gptq import packed_in
from core.domain.quantized_files.survey import CHANNEL, Format, Parts, QuantizedWeight, whole_number

BITS = 4


class Awq(Format):
    """Files of AutoAWQ."""

    method = "awq"
    label = "AWQ"

    def weights(
        self, config: Mapping[str, Any], header: Header, problems: list[str]
    ) -> list[QuantizedWeight]:
        """Return the weights with a `qweight`."""
        bits = whole_number(config, ["bits", "w_bit"], problems)
        group = whole_number(config, ["group_size", "q_group_size"], problems)
        version = str(config.get("version", "gemm")).lower()
        if version != "gemm":
            problems.append(f"the AWQ layout {version!r} is not known, only gemm")
        if bits is not None and bits != BITS:
            problems.append(f"AWQ of {bits} bits is not known, only of {BITS}")
        if group is not None and (group < -1 or group == 0):
            problems.append(f"group_size is {group} in the configuration")
        if problems or group is None:
            return []
        with_zeros = bool(config.get("zero_point", True))
        found = (
            _weight(name, group, header, problems, with_zeros=with_zeros)
            for name in header.ending_with(".qweight")
        )
        return [weight for weight in found if weight is not None]


def _weight(
    layer: str, group: int, header: Header, problems: list[str], *, with_zeros: bool
) -> QuantizedWeight | None:
    parts = Parts(layer, header, problems)
    codes, scales = parts.entry("qweight", ["I32"]), parts.entry("scales", FLOATS)
    look = parts.entry if with_zeros else parts.optional
    zeros = look("qzeros", ["I32"])
    if codes is None or scales is None or (with_zeros and zeros is None):
        return None
    inputs, outputs = codes.shape[0], scales.shape[1]
    size = inputs if group == -1 else group
    groups = -(-inputs // size)
    if not packed_in(parts, (codes.shape[1], outputs, BITS), "qweight"):
        return None
    if not parts.require_shape("scales", scales, (groups, outputs), f"of groups of {size:,}"):
        return None
    if zeros is not None and not parts.require_shape(
        "qzeros", zeros, (groups, codes.shape[1]), f"of groups of {size:,}"
    ):
        return None
    return QuantizedWeight(
        name=f"{layer}.weight",
        method=Awq.method,
        parts=parts.found,
        numbers=inputs * outputs,
        bits=BITS,
        group=CHANNEL if group == -1 else group,
        zero_points=zeros is not None,
        stored_bytes=parts.stored_bytes,
        options={"inputs": inputs, "outputs": outputs, "size": size},
    )
