"""Holds what is told of a model's bytes and time against the stored rows, recomputed in its own way."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

_SCALES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_CODED = {"codes", "indices", "kept values"}
_BESIDE = {"codebooks", "scales", "zero points", "masks"}
_PLAIN = {"embeddings", "plain weights"}
_NUMBER = r"([\d,.]+(?:e[+-]?\d+)?)"


@dataclass(frozen=True)
class Layer:
    """A layer's time, as stored: milliseconds, share, arithmetic and operations, now and before."""

    kind: str
    share: float
    arithmetic: str
    flops: int
    share_before: float | None = None
    arithmetic_before: str | None = None
    flops_before: int | None = None


@dataclass(frozen=True)
class Stored:
    """What is stored of two models, as rows.

    now, before: (tensor, use, bytes, numbers). zeros: by tensor. times: (before, after) in milliseconds.
    """

    now: list[tuple[str, str, int, int]]
    before: list[tuple[str, str, int, int]] | None = None
    zeros: Mapping[str, int] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    times: tuple[float, float] | None = None
    sparsity: float | None = None
    flops: tuple[float, float] | None = None


def check_savings(stored: Stored, statement: Statement, text: str) -> None:
    """Raise `AssertionError` where a sentence claims what the stored rows do not show."""
    match statement:
        case FileSize() | LargestUse() | Untouched() | Overhead() | StoredZeros():
            _check_size(stored, statement, text)
        case _:
            _check_speed(stored, statement, text)


def _check_size(
    stored: Stored, one: FileSize | LargestUse | Untouched | Overhead | StoredZeros, text: str
) -> None:
    total = sum(row[2] for row in stored.now)
    uses: dict[str, int] = {}
    for _, use, count, _ in stored.now:
        uses[use] = uses.get(use, 0) + count
    match one:
        case FileSize():
            sizes: list[float] = (
                [total] if stored.before is None else [total, sum(row[2] for row in stored.before)]
            )
            _same(_bytes(text), sizes)
        case LargestUse():
            assert uses[one.use.value] == max(uses.values())
            _same(_bytes(text)[:1], [uses[one.use.value]])
            _same(_percents(text), [100 * uses[one.use.value] / total], 0.5)
        case Overhead():
            beside = {use: count for use, count in uses.items() if use in _BESIDE}
            _same(sorted(_bytes(text)), sorted(map(float, beside.values())))
            _same(_percents(text), [100 * sum(beside.values()) / total], 0.5)
        case Untouched():
            _check_untouched(stored, text, total)
        case StoredZeros():
            masked = {name for name, use, _, _ in stored.now if use == "masks"}
            plain = {name for name, use, _, _ in stored.now if name and use != "norms and biases"}
            zeros = sum(stored.zeros.get(name, 0) for name in plain - masked)
            numbers = sum(row[3] for row in stored.now if row[0] in plain)
            assert one.zeros == zeros
            _same(_percents(text), [100 * zeros / numbers], 0.5)


def _check_untouched(stored: Stored, text: str, total: int) -> None:
    coded = {name for name, use, _, _ in stored.now if use in _CODED}
    bits = 8 * sum(r[2] for r in stored.now if r[0] in coded) / sum(r[3] for r in stored.now if r[0] in coded)
    old: dict[str, int] = {}
    for name, _, count, _ in stored.before or ():
        old[name] = old.get(name, 0) + count
    left = [row for row in stored.now if row[1] in _PLAIN and old.get(row[0]) == row[2]]
    size = sum(row[2] for row in left)
    _same(_bytes(text), [size, sum(row[3] for row in left) * bits / 8])
    _same(_percents(text), [100 * size / total], 0.5)
    found = re.search(rf"{_NUMBER} bits per number", text)
    assert found is not None
    _same([float(found[1])], [bits], 0.06)


def _check_speed(stored: Stored, one: Statement, text: str) -> None:
    layers = stored.layers
    match one:
        case Times():
            assert stored.times is not None
            before, after = stored.times
            _same(
                [float(each) for each in re.findall(rf"{_NUMBER} ms", text)],
                [after, before],
                0.006 * max(before, after),
            )
            verdict = "faster" if after < 0.75 * before else "slower" if after > 1.25 * before else "quarter"
            assert one.busy or verdict in text
        case Dominant():
            of_kind = sum(layer.share for layer in layers.values() if layer.kind == one.module_type)
            largest = max(layer.share for layer in layers.values())
            _same(_percents(text), [100 * of_kind, 100 * largest], 0.5)
            kinds = {layer.kind for layer in layers.values()}
            assert all(
                sum(each.share for each in layers.values() if each.kind == kind) <= of_kind + 1e-9
                for kind in kinds
            )
        case MultipliedZeros():
            assert stored.sparsity is not None
            assert stored.flops is not None
            _same(_percents(text), [100 * stored.sparsity], 0.5)
            assert abs(stored.flops[1] / stored.flops[0] - 1) <= 1e-3
        case Decoded():
            chosen = [each for each in layers.values() if "-bit codes" in each.arithmetic]
            _same(_percents(text), [100 * sum(each.share for each in chosen)], 0.5)
            assert one.layers == len(chosen)
        case Kernels():
            chosen = [each for each in layers.values() if each.arithmetic == one.arithmetic]
            assert one.layers == len(chosen)
            _same(_percents(text)[:1], [100 * sum(each.share for each in chosen)], 0.5)
        case Bound():
            same = [
                each
                for each in layers.values()
                if (each.arithmetic, each.flops) == (each.arithmetic_before, each.flops_before)
            ]
            assert one.layers == len(same)
            _same(_percents(text), [100 * sum(each.share_before or 0.0 for each in same)], 0.5)
        case _:
            raise AssertionError(f"an unknown statement: {one}")


def _bytes(text: str) -> list[float]:
    found = re.findall(rf"{_NUMBER} ([kMGT]?)B\b", text)
    return [float(number.replace(",", "")) * _SCALES[prefix] for number, prefix in found]


def _percents(text: str) -> list[float]:
    return [float(number) for number in re.findall(rf"{_NUMBER} %", text)]


def _same(read: list[float], expected: list[float], margin: float | None = None) -> None:
    """Compare what was read with what should be there, to the digits that are written."""
    assert len(read) == len(expected), (read, expected)
    for one, other in zip(read, expected, strict=True):
        allowed = 0.006 * abs(other) + 0.5 if margin is None else margin + 1e-9
        assert abs(one - other) <= allowed, (read, expected)
