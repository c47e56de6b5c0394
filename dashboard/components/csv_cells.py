"""Cells of CSV files for analysis: units in the headings, nothing that a spreadsheet would compute."""

from __future__ import annotations

from core.domain.metric import Format, MetricDefinition

_UNITS = {Format.PERCENT: "fraction", Format.BYTES: "B"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text must not begin with: spreadsheets would compute it."""

MEASURED = ("quality measured on", "times measured on")
"""Headings of the last columns: under which conditions values with plain names were measured."""


def heading(label: str, metric: MetricDefinition | None = None) -> str:
    """Return a heading, with the unit in which a metric's plain values are."""
    unit = _UNITS.get(metric.format, metric.unit) if metric else ""
    return text_cell(f"{label} [{unit}]" if unit else label)


def text_cell(value: str) -> str:
    """Return a text so that it stays one."""
    return f"'{value}" if value.startswith(_FORMULA) else value
