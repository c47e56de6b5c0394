"""compressed-tensors: the files of llm-compressor, one format name for each way to write codes.

`pack-quantized` packs integers into words of 32 bits along the inputs, lowest bit first, offset by half their
range (`weight_packed`, `weight_shape`); `int-quantized`, `naive-quantized` and `float-quantized` store a
number a byte. Scales are `(outputs, 1)`, `(outputs, groups)`, one, or one a block; zero points are optional.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.domain.quantized_files.entries import FLOATS, Entry, Header
from core.domain.quantized_files.survey import CHANNEL, TENSOR, Format, Parts, QuantizedWeight

PACKED, BYTES = "pack-quantized", "naive-quantized"
_NAMES = {
    PACKED: PACKED,
    "int-quantized": BYTES,
    "naive-quantized": BYTES,
    "float-quantized": BYTES,
}
_MIXED = "mixed-precision"
_STRATEGIES = ("tensor", "channel", "group", "block")
_OF_ACTIVATIONS = re.compile(r"\.(input|output|[kqv])_(scale|zero_point|global_scale)$")
_WORD = 32


class CompressedTensors(Format):
    """Files of llm-compressor."""

    method = "compressed-tensors"
    label = "compressed-tensors"

    def weights(
        self, config: Mapping[str, Any], header: Header, problems: list[str]
    ) -> list[QuantizedWeight]:
        """Return the weights with a scale."""
        schemes = list(_schemes(config, problems))
        sparsity = (config.get("sparsity_config") or {}).get("format", "dense")
        if sparsity != "dense":
            problems.append(f"weights are stored in the sparse form {sparsity!r}, which is not known")
        if problems:
            return []
        found = []
        for layer in header.ending_with(".weight_scale"):
            scheme = _scheme_of(layer, schemes)
            if scheme is None:
                problems.append(f"no group of the configuration is for {layer}")
            else:
                found.append(_weight(layer, scheme, header, problems))
        scales = (f"{layer}.weight_scale" for layer in header.ending_with(".weight_packed"))
        problems += [f"{scale} is missing" for scale in scales if scale not in header.entries]
        return [weight for weight in found if weight is not None]

    def remarks(self, config: Mapping[str, Any], header: Header) -> list[str]:
        """Return whether activations or the cache were quantized there."""
        del header
        groups = _groups(config)
        said = []
        if any(group.get("input_activations") or group.get("output_activations") for group in groups):
            said.append("There, activations were quantized as well; here they are floating-point numbers.")
        if config.get("kv_cache_scheme"):
            said.append("There, keys and values in the cache were quantized; here they are not.")
        return said

    def passed_over(self, name: str) -> bool:
        """Return whether a tensor is a scale of activations."""
        return _OF_ACTIVATIONS.search(name) is not None


def _groups(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    groups = config.get("config_groups")
    return [group for group in groups.values() if isinstance(group, dict)] if isinstance(groups, dict) else []


def _schemes(config: Mapping[str, Any], problems: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what each group of the configuration says of weights, checked."""
    groups = _groups(config)
    if not groups:
        problems.append("the configuration has no config_groups")
    for group in groups:
        weights = group.get("weights")
        if not isinstance(weights, dict):
            continue
        form = group.get("format") or config.get("format")
        kind, bits = weights.get("type", "int"), weights.get("num_bits")
        strategy = weights.get("strategy") or ("group" if weights.get("group_size") else "tensor")
        if form not in _NAMES:
            problems.append(f"the format {form!r} is not known, only {', '.join(_NAMES)}")
        elif not isinstance(bits, int) or not 1 <= bits <= 8 or kind not in {"int", "float"}:
            problems.append(f"weights of {bits} bits of type {kind!r} are not known")
        elif kind == "float" and (bits != 8 or _NAMES[form] == PACKED):
            problems.append(f"floating-point weights of {bits} bits as {form} are not known")
        elif strategy == "group" and not _is_size(weights.get("group_size")):
            problems.append(f"groups of {weights.get('group_size')!r} weights are not known")
        elif strategy not in _STRATEGIES:
            problems.append(f"scales by {strategy!r} are not known, only by {', '.join(_STRATEGIES)}")
        elif weights.get("actorder") in {"group", True} and _NAMES[form] != PACKED:
            problems.append("groups in the order of activations are known of pack-quantized only")
        else:
            yield {
                "form": _NAMES[form],
                "type": kind,
                "bits": bits,
                "strategy": strategy,
                "group": weights.get("group_size"),
                "block": weights.get("block_structure"),
                "symmetric": weights.get("symmetric", True),
                "targets": [str(target) for target in group.get("targets") or []],
            }


def _is_size(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _scheme_of(layer: str, schemes: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the scheme of a layer: one that names it, else one for a whole kind of layers."""
    for scheme in schemes:
        for target in scheme["targets"]:
            if target == layer or (target.startswith("re:") and re.match(target[3:], layer)):
                return scheme
    kinds = [
        scheme
        for scheme in schemes
        if any("." not in target and not target.startswith("re:") for target in scheme["targets"])
    ]
    return kinds[0] if len(kinds) == 1 or (kinds and len(schemes) == 1) else None


def _weight(
    layer: str, scheme: Mapping[str, Any], header: Header, problems: list[str]
) -> QuantizedWeight | None:
    parts = Parts(layer, header, problems)
    bits, packed = scheme["bits"], scheme["form"] == PACKED
    whole = ["I8"] if scheme["type"] == "int" else ["F8_E4M3"]
    codes = parts.entry("weight_packed", ["I32"]) if packed else parts.entry("weight", whole)
    scale = parts.entry("weight_scale", FLOATS, 0)
    if packed:
        parts.entry("weight_shape", ["I64", "I32"], 1)
    zero = None if scheme["symmetric"] else parts.entry("weight_zero_point", ["I32" if packed else "I8"], 0)
    parts.optional("weight_g_idx", ["I32", "I64"], 1)
    if codes is None or scale is None or (zero is None and not scheme["symmetric"]):
        return None
    outputs, inputs = codes.shape[0], codes.shape[1] * _WORD // bits if packed else codes.shape[1]
    group = {"tensor": TENSOR, "channel": CHANNEL}.get(scheme["strategy"], scheme["group"] or 0)
    if scheme["strategy"] == "block":
        group = (scheme["block"] or [0, 0])[1]
    elif not _has_scales(parts, scale, (outputs, inputs, group), f"of {bits} bits"):
        return None
    return QuantizedWeight(
        name=f"{layer}.weight",
        method=scheme["form"],
        parts=parts.found,
        numbers=outputs * inputs,
        bits=bits,
        group=group,
        zero_points=zero is not None,
        stored_bytes=parts.stored_bytes,
        options={**scheme, "targets": None, "inputs": inputs, "outputs": outputs},
    )


def _has_scales(parts: Parts, scale: Entry, sizes: tuple[int, int, int], why: str) -> bool:
    """Return whether a weight has as many scales as its strategy asks for.

    sizes: outputs, inputs (at most; words at the end of a row may not be full) and group size.
    """
    outputs, inputs, group = sizes
    if group in {TENSOR, CHANNEL}:
        expected = 1 if group == TENSOR else outputs
        if scale.numbers != expected:
            parts.wrong(f"{parts.layer}.weight_scale has {scale.numbers:,} scales, not {expected:,}")
        return scale.numbers == expected
    groups = -(-inputs // group)
    if inputs % group and scale.shape == (outputs, groups - 1):
        groups -= 1
    shape = (outputs, groups)
    return parts.require_shape("weight_scale", scale, shape, f"{why} in groups of {group:,}")
