"""What a metric is: its unit, which direction is better, and how its values are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from core.domain.condition import ConditionField
from core.presentation.numbers import percent


class Direction(StrEnum):
    """Which end of a metric people want."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


DIRECTIONS = {
    Direction.HIGHER: "higher is better",
    Direction.LOWER: "lower is better",
    Direction.NEITHER: "no direction is better",
}


class Format(StrEnum):
    """How values of a metric are written for people."""

    PERCENT = "percent"  # a fraction 0..1, shown as 95.2 %
    BYTES = "bytes"  # shown as 308 kB (decimal prefixes)
    COUNT = "count"  # a whole number, shown as 78.3 k
    DECIMAL = "decimal"  # three significant digits and the unit


class Group(StrEnum):
    """What a metric is about; lists of metrics are grouped by it."""

    QUALITY = "quality"
    EFFICIENCY = "efficiency"
    PARAMETER = "parameters"  # no metric, but what was chosen, drawn like one


class Authority(StrEnum):
    """Who says what direction, label and format a metric has."""

    DECLARED = "declared"  # the code that measures it, or the file that it came from
    GUESSED = "guessed"  # told from its name; to be confirmed by a person
    CORRECTED = "corrected"  # a person, whose word is kept whatever later runs declare


_TIMES = frozenset(
    {"ns", "us", "\N{MICRO SIGN}s", "\N{GREEK SMALL LETTER MU}s", "ms", "s", "sec", "seconds", "min", "h"}
)
_PER_TIME = ("/s", "/sec", "/second", "/min", "/h", "per second")


@dataclass(frozen=True)
class MetricDefinition:
    """One measurable quantity of a model.

    `name` is the stable key, `label` what people read. `unit` is empty for fractions and counts.
    depends_on: parts of the condition that a value depends on; None: all of them, (): a fact of the model.
    variant_of: name of the metric whose values under another condition, or relative to the base, these are.
    """

    name: str
    label: str
    direction: Direction
    format: Format = Format.DECIMAL
    unit: str = ""
    group: Group = Group.QUALITY
    description: str = ""
    authority: Authority = Authority.DECLARED
    depends_on: tuple[ConditionField, ...] | None = None
    variant_of: str | None = None

    @property
    def points_per_unit(self) -> float | None:
        """How many percentage points 1 is; None for metrics whose differences are not told in points."""
        if self.format is Format.PERCENT:
            return 100.0
        return 1.0 if self.unit.strip().lower() in {"%", "percent", "per cent"} else None

    @property
    def timed(self) -> bool:
        """Whether values are read from a clock: times, or things per time, so that sittings differ."""
        unit = self.unit.strip().lower()
        return self.group is Group.EFFICIENCY and (unit in _TIMES or unit.endswith(_PER_TIME))

    def better(self, value: float, other: float) -> bool | None:
        """Return whether `value` beats `other`; None where no direction is better or they are equal."""
        if self.direction is Direction.NEITHER or value == other or math.isnan(value) or math.isnan(other):
            return None
        return (value > other) is (self.direction is Direction.HIGHER)


_ODD_FRACTION = 1e6
"""Fractions from this on are written as they are: their per cents would fill the line."""

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def format_value(metric: MetricDefinition, value: float | None) -> str:
    """Write a value for people, e.g. `95.2 %`, `308 kB`, `1.42 ms`; an em dash where there is none."""
    if value is None:
        return "\N{EM DASH}"
    if not math.isfinite(value):
        return str(value)
    if metric.format is Format.PERCENT:
        return percent(value) if abs(value) < _ODD_FRACTION else f"{value:.2e} (1 is 100 %)"
    if metric.format is Format.BYTES:
        return f"{_with_prefix(value)}B"
    if metric.format is Format.COUNT:
        return _with_prefix(value).strip()
    return f"{_significant(value)} {metric.unit}".strip()


def format_change(metric: MetricDefinition, change: float | None) -> str:
    """Write a difference of two values: points for per cents, the unit otherwise; 0 has no sign."""
    if change is None or math.isnan(change):
        return "\N{EM DASH}"
    if (scale := metric.points_per_unit) is not None:
        text = f"{abs(change) * scale:.1f} pts"
        nothing = text == "0.0 pts"
    else:
        text, nothing = format_value(metric, abs(change)), change == 0
    sign = "\N{MINUS SIGN}" if change < 0 else "+"
    return text if nothing else f"{sign}{text}"


def _with_prefix(value: float) -> str:
    for scale, prefix in _PREFIXES:
        if abs(value) >= scale:
            return f"{_significant(value / scale)} {prefix}"
    return f"{_significant(value)} "


def _significant(value: float) -> str:
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude >= 6 or magnitude <= -5:
        return f"{value:.2e}"
    decimals = max(0, 2 - magnitude)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
