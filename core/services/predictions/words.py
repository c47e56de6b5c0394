"""Predictions in words, the same on pages and on the console."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.metric import Direction, Format, MetricDefinition, format_change, format_value
from core.domain.queue.durations import Span
from core.presentation.counts import counted
from core.presentation.durations import duration
from core.presentation.lists import listed
from core.presentation.sizes import file_size
from core.services.predictions.losses import ExpectedLoss
from core.services.predictions.predictions import Predicted, Predictions

UNKNOWN = "unknown"
HOW_SIZES = (
    "Sizes follow the rules by which files are stored. How many weights rounding sets to zero is estimated, "
    "so that such sizes are ranges."
)
_COUNT = MetricDefinition("count", "Count", Direction.LOWER, format=Format.COUNT)
_LOSS = MetricDefinition("loss", "Loss", Direction.LOWER)
_MULTIPLY_ADD = 2  # operations


@dataclass(frozen=True)
class Told:
    """One thing that is predicted: its name, what it is, and what that rests on or why it is unknown."""

    name: str
    value: str
    basis: str = ""


def summary(found: Predictions) -> list[Told]:
    """Return what is predicted of all models to be made, as ranges over them."""
    return [_sizes(found), _bits(found), _operations(found), _time(found), _placing(found), _losses(found)]


def one_by_one(found: Predictions) -> list[tuple[str, ...]]:
    """Return a line for each model: its name, file size, bits per weight, operations, time and loss."""
    return [
        (
            one.name,
            size_of(one),
            bits_of(one),
            operations_of(one),
            UNKNOWN if one.time is None else span_text(one.time),
            UNKNOWN if isinstance(one.loss, str) else format_change(_LOSS, one.loss.change),
        )
        for one in found.models
    ]


COLUMNS = ("Model", "File", "Bits per weight", "FLOPs", "Time", "Loss")


def size_of(one: Predicted) -> str:
    """Return a model's predicted file size."""
    state = one.state
    if state is None or one.unknown:
        return UNKNOWN
    if state.at_most:
        return f"at most {file_size(state.most_file_bytes)}"
    return between(state.file_bytes, state.most_file_bytes, file_size)


def bits_of(one: Predicted) -> str:
    """Return a model's predicted bits per weight."""
    if one.state is None or one.unknown or one.state.at_most:
        return UNKNOWN
    return between(*one.state.bits_per_weight, _bits_text)


def operations_of(one: Predicted) -> str:
    """Return a model's predicted operations for one instance."""
    flops = one.state.predicted_flops if one.state else None
    if one.state is None or flops is None:
        return UNKNOWN
    return f"{'at most ' if one.state.flops_at_most else ''}{_count(flops)}"


def span_text(one: Span) -> str:
    """Return a duration within its limits."""
    return between(one.low_s, one.high_s, duration)


def between(low: float, high: float, written: Callable[[float], str]) -> str:
    """Return one value, or two with the unit of both written once: `41 to 120 kB`, `980 kB to 1.2 MB`."""
    first, second = written(low), written(high)
    if first == second:
        return first
    number, _, unit = first.partition(" ")
    same_unit = " " in first and second.endswith(f" {unit}") and second.count(" ") == first.count(" ")
    return f"{number if same_unit else first} to {second}"


def _sizes(found: Predictions) -> Told:
    known = [one.state for one in found.models if one.state is not None and not one.unknown]
    reasons = [one.unknown for one in found.models]
    if not known:
        return Told("File size", UNKNOWN, _reasons(reasons))
    lows = [state.file_bytes for state in known if not state.at_most]
    high = max(state.most_file_bytes for state in known)
    limited = len(known) - len(lows)
    text = f"about {between(min(lows), high, file_size)}" if lows else f"at most {file_size(high)}"
    bases = list(found.bases.values())
    now = f" ({between(min(bases), max(bases), file_size)} now)" if bases else ""
    upper = f"upper limits for {counted(limited, 'model')}" if limited and lows else ""
    return Told("File size", f"{text}{now}", _joined(upper, _missing(found, reasons)))


def _bits(found: Predictions) -> Told:
    known = [
        bits
        for one in found.models
        if one.state is not None and not one.unknown and not one.state.at_most
        for bits in one.state.bits_per_weight
    ]
    if not known:
        return Told("Bits per weight", UNKNOWN)
    return Told("Bits per weight", f"about {between(min(known), max(known), _bits_text)}")


def _operations(found: Predictions) -> Told:
    states = [one.state for one in found.models if one.state is not None]
    known = [flops for state in states if (flops := state.predicted_flops) is not None]
    if not known:
        reasons = [state.flops_unknown for state in states] or [one.unknown for one in found.models]
        return Told("Operations", UNKNOWN, _reasons(reasons))
    limited = any(state.flops_at_most for state in states)
    text = f"at most {_count(max(known))}" if limited else between(min(known), max(known), _count)
    multiply_adds = between(min(known) / _MULTIPLY_ADD, max(known) / _MULTIPLY_ADD, _count)
    return Told(
        "Operations",
        f"{text} FLOPs" if limited else f"{text} FLOPs ({multiply_adds} MACs)",
        _missing(found, [UNKNOWN for state in states if state.predicted_flops is None]),
    )


def _time(found: Predictions) -> Told:
    if found.time is None:
        return Told("Time", UNKNOWN, "no run like these has ended yet")
    slots = max(1, found.placing.slots)
    text = f"about {span_text(found.time.span)} on {counted(slots, 'slot')}"
    more = found.time.unknown
    return Told("Time", text, f"without {counted(more, 'run')} of unknown duration" if more else "")


def _placing(found: Predictions) -> Told:
    return Told("Runs on", found.placing.in_words)


def _losses(found: Predictions) -> Told:
    known = [one.loss for one in found.models if isinstance(one.loss, ExpectedLoss)]
    if not known:
        return Told(
            "Loss", UNKNOWN, _reasons([one.loss for one in found.models if isinstance(one.loss, str)])
        )
    changes = [loss.change for loss in known]
    low, high = min(changes), max(changes)
    text = format_change(_LOSS, low)
    if format_change(_LOSS, high) != text:
        text = f"{text} to {format_change(_LOSS, high)}"
    bases = list(dict.fromkeys(loss.basis for loss in known))
    others = len(found.models) - len(known)
    return Told("Loss", text, _joined(bases[0], f"unknown of {counted(others, 'model')}" if others else ""))


def _missing(found: Predictions, reasons: Sequence[str]) -> str:
    without = [reason for reason in reasons if reason]
    told = [f"unknown of {counted(len(without), 'model')}"] if without else []
    if without and without[0] != UNKNOWN:
        told = [f"{told[0]}: {_reasons(without)}"]
    if found.more:
        told.append(f"{counted(found.more, 'further model')} not looked at")
    return _joined(*told)


def _reasons(reasons: Sequence[str]) -> str:
    return listed(list(dict.fromkeys(reason for reason in reasons if reason)), 2)


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _count(value: float) -> str:
    return format_value(_COUNT, value)


def _bits_text(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
