"""Budgets as people write them: `95 %`, `300 kB`, `5 ms`."""

from __future__ import annotations

import math
import re

from core.domain.metric import Direction, Format, MetricDefinition, format_value
from core.errors import InvalidInput

_PREFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_WRITTEN = re.compile(r"^(?P<number>[-+]?[\d.]+(?:e[-+]?\d+)?)\s*(?P<unit>.*)$", re.IGNORECASE)


def write_budget(metric: MetricDefinition, value: float | None) -> str:
    """Return a text that `read_budget` reads back as exactly this value; empty for none."""
    if value is None:
        return ""
    shown = format_value(metric, value)
    try:
        exact = read_budget(metric, shown) == value
    except InvalidInput:
        exact = False
    return shown if exact else repr(value)


def read_budget(metric: MetricDefinition, text: str) -> float | None:
    """Return the value that a text stands for, None for an empty text.

    Raises:
        InvalidInput: at `budgets.<name>`: no number, or a unit that the metric does not have.
    """
    written = text.strip()
    if not written:
        return None
    found = _WRITTEN.match(written)
    if found is None:
        raise _wrong(metric, f"{text!r} is not a number.")
    try:
        number = float(found["number"])
    except ValueError:
        raise _wrong(metric, f"{text!r} is not a number.") from None
    factor = _factor(metric, found["unit"].strip())
    if factor is None:
        raise _wrong(metric, f"{found['unit']!r} is not a unit of {metric.label}.")
    if metric.format is Format.PERCENT and factor == 1.0 and abs(number) > 1:
        raise _wrong(metric, f"{text} is {number * 100:,.0f} %.")
    if not math.isfinite(number * factor):
        raise _wrong(metric, f"{text} is too large.")
    return number * factor if factor >= 1 else float(repr(round(number * factor, 12)))


def example(metric: MetricDefinition) -> str:
    """Return a budget as one would write it: a share near 100 % only where more is better."""
    if metric.format is Format.PERCENT and metric.direction is not Direction.HIGHER:
        return "5 %"
    examples = {Format.PERCENT: "95 %", Format.BYTES: "300 kB", Format.COUNT: "50 k"}
    return examples.get(metric.format, f"5 {metric.unit}".strip())


def _factor(metric: MetricDefinition, unit: str) -> float | None:
    """Return what the number is multiplied with, None where the unit does not belong to the metric."""
    said = unit.lower()
    if metric.format is Format.PERCENT:
        return {"": 1.0, "%": 0.01}.get(said)
    if metric.format is Format.BYTES:
        return _PREFIXES.get(said.removesuffix("b"))
    if metric.format is Format.COUNT:
        return _PREFIXES.get(said)
    return 1.0 if said in {"", metric.unit.lower()} else None


def _wrong(metric: MetricDefinition, message: str) -> InvalidInput:
    return InvalidInput.of(f"budgets.{metric.name}", message, f"Write for example {example(metric)}.")
