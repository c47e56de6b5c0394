"""Statements about size and speed in words. Reads nothing but the statement."""

from __future__ import annotations

from collections.abc import Sequence

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
from core.domain.metric import Direction, Format, MetricDefinition, format_value
from core.presentation.counts import counted
from core.presentation.lists import joined
from core.presentation.numbers import whole_percent as percent

_BYTES = MetricDefinition("bytes", "Bytes", Direction.LOWER, Format.BYTES)
_COUNT = MetricDefinition("count", "Count", Direction.LOWER, Format.COUNT)
_MS = MetricDefinition("time", "Time", Direction.LOWER, unit="ms")


def paragraph(statements: Sequence[Statement]) -> str:
    """Return the statements as sentences, one after the other."""
    return " ".join(written(each) for each in statements)


def written(statement: Statement) -> str:
    """Return a statement as one sentence, or two: what was measured, and what would have to change."""
    match statement:
        case FileSize() | LargestUse() | Untouched() | Overhead() | StoredZeros():
            return _of_size(statement)
        case _:
            return _of_speed(statement)


def size(value: float) -> str:
    """Write a number of bytes."""
    return format_value(_BYTES, value)


def _of_size(one: FileSize | LargestUse | Untouched | Overhead | StoredZeros) -> str:
    match one:
        case FileSize(before=None):
            return f"The file has {size(one.after)}."
        case FileSize():
            return f"The file has {size(one.after)} instead of {size(one.before or 0)}{_ratio(one)}."
        case LargestUse():
            former = "" if one.before is None else f", {_former(one.size, one.before)}"
            return f"Its largest part is {one.use.value}: {size(one.size)}, {percent(one.share)}{former}."
        case Untouched():
            are = "is" if one.tensors == 1 else "are"
            return (
                f"{_tensors(one.tensors)} with {size(one.size)} ({percent(one.share)}) {are} stored as "
                f"before, {_largest(one)}; at the {one.coded_bits:.1f} bits per number of the coded ones, "
                f"that would be {size(one.size_coded)}."
            )
        case Overhead():
            parts = [f"{kind.value} ({size(value)})" for kind, value in one.uses]
            return f"{_upper(joined(parts))} take {percent(one.share)} of the file beside the numbers."
        case StoredZeros():
            return (
                f"{counted(one.zeros, 'zero weight')} ({percent(one.share)}) in "
                f"{_tensors(one.tensors).lower()} are stored like any other number: a mask that leaves them "
                "out takes 1 bit per weight, and is used where that is smaller."
            )


def _of_speed(one: Statement) -> str:  # noqa: PLR0911  one branch per kind
    match one:
        case Times():
            return _times(one)
        case Dominant():
            return (
                f"{_of_type(one)} {percent(one.share)} of the layers' time; the slowest single layer is "
                f"{one.largest or 'the whole model'} with {percent(one.largest_share)}."
            )
        case MultipliedZeros():
            return (
                f"{percent(one.zeros)} of the weights are zero, but the model computes as many operations "
                f"as before ({format_value(_COUNT, one.flops)} for one instance): single zeros are "
                "multiplied as any other number. Removed channels or layers, or 2:4 patterns on a GPU that "
                "skips them, leave operations out."
            )
        case Decoded():
            compute = "computes" if one.layers == 1 else "compute"
            return (
                f"Stored codes become floating-point numbers when the model is loaded: {_layers(one.layers)} "
                f"with {percent(one.share)} of the layers' time {compute} in "
                f"{one.arithmetic.partition(' ')[0]}."
            )
        case Kernels():
            past = "" if one.share_before is None else f", {percent(one.share_before)} in the baseline"
            return (
                f"{_upper(_layers(one.layers))} compute with {one.arithmetic}: {percent(one.share)} of the "
                f"layers' time{past}."
            )
        case Bound():
            return (
                f"{_upper(_layers(one.layers))} compute as before and took {percent(one.share_before)} of "
                "the baseline's time: however fast the others get, that much stays."
            )
        case _:
            return _of_size(one)


def _times(one: Times) -> str:
    times = f"{format_value(_MS, one.after_ms)} instead of {format_value(_MS, one.before_ms)}"
    if one.busy:
        return f"{one.label}: {times}; the machine was slowed down meanwhile, so that nothing follows."
    if one.verdict == "alike":
        return f"{one.label}: {times}, less than a quarter apart, as two sittings of a clock may be."
    ratio = max(one.after_ms, one.before_ms) / min(one.after_ms, one.before_ms)
    return f"{one.label}: {times}, {ratio:.1f} times {one.verdict}."


def _ratio(one: FileSize) -> str:
    if not one.before or not one.after:
        return ""
    if abs(one.after / one.before - 1) < 0.005:
        return ", which is about the same"
    if one.after > one.before:
        return f", {one.after / one.before:.2f} times as much"
    return f", {one.before / one.after:.1f} times smaller"


def _former(now: int, before: int) -> str:
    if now == before:
        return "as before"
    return f"{size(before)} before" if before else "none before"


def _largest(one: Untouched) -> str:
    named = joined(list(one.largest))
    return named if one.tensors <= len(one.largest) else f"the largest {named}"


def _of_type(one: Dominant) -> str:
    return (
        f"{one.layers} {one.module_type} layers take"
        if one.layers > 1
        else f"One {one.module_type} layer takes"
    )


def _tensors(count: int) -> str:
    return "One tensor" if count == 1 else counted(count, "tensor")


def _layers(count: int) -> str:
    return "one layer" if count == 1 else counted(count, "layer")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
