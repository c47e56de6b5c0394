"""Finds what can be told of a model's size and speed; a figure that was not measured gives no statement."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.comparison.savings.statements import (
    Bound,
    Decoded,
    Dominant,
    FileSize,
    Kernels,
    LargestUse,
    MultipliedZeros,
    Overhead,
    Statement,
    StoredZeros,
    Times,
    Untouched,
)
from core.comparison.savings.tables import KindBytes, LayerTime, TensorBytes
from core.comparison.sentences.figures import SITTINGS_SHARE
from core.domain.measurement.stored_bytes import OVERHEAD, ByteKind

TOLD = 0.1
"""Share of a file, of weights or of time from which a finding is reported."""
NAMED = 3
_ALIKE = 1e-3
_CODED = (ByteKind.CODES, ByteKind.INDICES, ByteKind.KEPT)
_PLAIN = (ByteKind.EMBEDDINGS, ByteKind.UNTOUCHED)
_FLOATING = ("float", "bfloat")


@dataclass(frozen=True)
class Timed:
    """Median times of a batch under one condition."""

    label: str
    before_ms: float
    after_ms: float
    busy: bool = False


@dataclass(frozen=True)
class Measured:
    """All figures that the paragraph follows from.

    zeros: of each parameter, how many of its numbers are zero. sparsity: share of zeros among matrices.
    flops, flops_before: dense operations for one instance.
    """

    kinds: Sequence[KindBytes] = ()
    tensors: Sequence[TensorBytes] = ()
    layers: Sequence[LayerTime] = ()
    zeros: Mapping[str, int] = field(default_factory=dict)
    sparsity: float | None = None
    flops: float | None = None
    flops_before: float | None = None
    timed: Timed | None = None


def size_statements(given: Measured) -> tuple[Statement, ...]:
    """Return what can be told of the size, the file first; nothing where its bytes are not known."""
    total = sum(each.after for each in given.kinds)
    if not total:
        return ()
    known = all(each.before is not None for each in given.kinds)
    before = sum(each.before or 0 for each in given.kinds) if known else None
    largest = max(given.kinds, key=lambda each: each.after)
    found: list[Statement | None] = [
        FileSize(before, total),
        LargestUse(largest.kind, largest.after, largest.after / total, largest.before),
        _untouched(given.tensors, total),
        _overhead(given.kinds, total),
        _stored_zeros(given),
    ]
    return tuple(each for each in found if each is not None)


def speed_statements(given: Measured) -> tuple[Statement, ...]:
    """Return what can be told of the speed; nothing where no layer was timed."""
    found: list[Statement | None] = [_times(given.timed), _dominant(given.layers), _multiplied_zeros(given)]
    by_words: dict[str, list[LayerTime]] = defaultdict(list)
    for layer in given.layers:
        by_words[layer.arithmetic].append(layer)
    decoded = [layer for words, layers in by_words.items() if _decodes(words) for layer in layers]
    if decoded:
        most = Counter(layer.arithmetic for layer in decoded).most_common(1)[0][0]
        found.append(Decoded(len(decoded), sum(layer.share for layer in decoded), most))
    for words, layers in by_words.items():
        if words.startswith("int8"):
            shares = [layer.share_before for layer in layers if layer.share_before is not None]
            past = sum(shares) if len(shares) == len(layers) else None
            found.append(Kernels(len(layers), words, sum(layer.share for layer in layers), past))
    found.append(_bound(given.layers))
    return tuple(each for each in found if each is not None)


def _decodes(words: str) -> bool:
    return words.startswith(_FLOATING) and "-bit codes" in words


def _untouched(tensors: Sequence[TensorBytes], total: int) -> Untouched | None:
    """Return plain tensors that are as large as before, where others are coded."""
    coded = [one for one in tensors if any(use in one.uses for use in _CODED)]
    plain = [one for one in tensors if set(one.uses) <= set(_PLAIN) and one.before == one.size]
    size = sum(one.size for one in plain)
    numbers = sum(one.numbers for one in coded)
    if not numbers or size < TOLD * total:
        return None
    bits = 8 * sum(one.size for one in coded) / numbers
    largest = tuple(one.name for one in plain[:NAMED])
    would_be = sum(one.numbers for one in plain) * bits / 8
    return Untouched(len(plain), largest, size, size / total, bits, would_be)


def _overhead(kinds: Sequence[KindBytes], total: int) -> Overhead | None:
    uses = tuple((each.kind, each.after) for each in kinds if each.kind in OVERHEAD and each.after)
    share = sum(size for _, size in uses) / total
    return Overhead(uses, share) if share >= TOLD else None


def _stored_zeros(given: Measured) -> StoredZeros | None:
    """Return zeros in matrices that have no mask."""
    chosen = [
        one
        for one in given.tensors
        if ByteKind.MASKS not in one.uses and not set(one.uses) <= {ByteKind.VECTORS} and one.numbers
    ]
    numbers = sum(one.numbers for one in given.tensors if not set(one.uses) <= {ByteKind.VECTORS})
    held = [one for one in chosen if given.zeros.get(one.name, 0) > 0]
    zeros = sum(given.zeros[one.name] for one in held)
    return StoredZeros(zeros, len(held), zeros / numbers) if numbers and zeros >= TOLD * numbers else None


def _times(timed: Timed | None) -> Times | None:
    if timed is None or not timed.before_ms:
        return None
    ratio = timed.after_ms / timed.before_ms
    verdict = "faster" if ratio < 1 - SITTINGS_SHARE else "slower" if ratio > 1 + SITTINGS_SHARE else "alike"
    return Times(timed.label, timed.before_ms, timed.after_ms, verdict, timed.busy)


def _dominant(layers: Sequence[LayerTime]) -> Dominant | None:
    if not layers or not sum(layer.share for layer in layers):
        return None
    shares: dict[str, float] = defaultdict(float)
    for layer in layers:
        shares[layer.module_type] += layer.share
    kind = max(shares, key=lambda name: shares[name])
    largest = max(layers, key=lambda layer: layer.share)
    count = sum(layer.module_type == kind for layer in layers)
    return Dominant(kind, count, shares[kind], largest.module, largest.share)


def _multiplied_zeros(given: Measured) -> MultipliedZeros | None:
    zeros, flops, before = given.sparsity, given.flops, given.flops_before
    if zeros is None or not flops or not before or zeros < TOLD or abs(flops / before - 1) > _ALIKE:
        return None
    return MultipliedZeros(zeros, flops, before)


def _bound(layers: Sequence[LayerTime]) -> Bound | None:
    """Return the layers that compute as before, where others do not."""
    known = [layer for layer in layers if layer.share_before is not None]
    same = [
        layer
        for layer in known
        if layer.arithmetic == layer.arithmetic_before and layer.flops == layer.flops_before
    ]
    share = sum(layer.share_before or 0.0 for layer in same)
    if not known or len(same) == len(layers) or share < TOLD or not all(layer.arithmetic for layer in known):
        return None
    return Bound(len(same), share)
