"""Grouped dots of a selection: plain values that `assets/overview/grouped.js` draws as SVG.

Dots with intervals rather than bars: bars start at zero, where 95.3 % and 96.0 % look the same.

Plotly would take longer for a few bars than everything else that a selection changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.comparison.grouping import Chart, Grouping, Point
from core.comparison.variables.values import Value
from core.comparison.variables.variables import Varying
from core.domain.metric import MetricDefinition, format_value
from core.presentation.counts import counted
from dashboard.figures.axes import axis_title, round_ticks
from dashboard.figures.extremes import drawing_factor
from dashboard.theme import Theme, colour_at

Drawing = dict[str, Any]

_PAD = 0.1
"""Room above and below the values, as a share of their range."""

_CLOSEST = 1e-6
"""The least of that room, as a share of the largest value: floats cannot tell closer ends apart."""


def draw_grouped(grouping: Grouping, theme: Theme) -> list[Drawing]:
    """Return one drawing per metric that any selected model has; none if every model stands for itself.

    A drawing has `title`, `note`, `x` (name of the variable), `key_name` (of the variable shown as
    colour), `key` (texts and fills of the colours), `axis` (`low`, `high` and `ticks` of the values) and
    `groups`, one per value of x in order, with a dot per colour that has models there.
    """
    if grouping.by_model:
        return []
    return [_drawing(chart, grouping, theme) for chart in grouping.charts if chart.series]


def level_text(varying: Varying | None, value: Value) -> str:
    """Return a value with the unit of its variable, e.g. `4 bit`; fractions stay bare numbers."""
    if not value.present:
        return "without"
    if varying is None or not varying.unit or varying.unit == "fraction" or value.number is None:
        return value.text
    return f"{value.text} {varying.unit}"


def fills(levels: Sequence[Value], theme: Theme) -> dict[Value, str]:
    """Return a colour per level: categories while they last, else the sequential scale."""
    if len(levels) <= len(theme.categories):
        return dict(zip(levels, theme.categories, strict=False))
    last = len(levels) - 1
    return {level: colour_at(theme.scale, index / last) for index, level in enumerate(levels)}


def _drawing(chart: Chart, grouping: Grouping, theme: Theme) -> Drawing:
    colours = grouping.colour.levels() if grouping.colour else ()
    ends = [end for series in chart.series for point in series.points for end in (point.low, point.high)]
    factor = drawing_factor(np.array(ends))
    shades = fills(colours, theme)
    plain = theme.categories[0]
    cells: dict[Value, list[Drawing]] = {}
    for series in chart.series:
        shade = shades[series.colour] if series.colour else plain
        named = level_text(grouping.colour, series.colour) if series.colour else ""
        for point in series.points:
            dot = _dot(point, chart.metric, shade, named)
            dot |= {end: dot[end] * factor for end in ("value", "low", "high")}
            cells.setdefault(point.x, []).append(dot)
    named_x = grouping.x is not None
    return {
        "title": axis_title(chart.metric),
        "axis": _axis(chart.metric, min(ends), max(ends), factor),
        "note": f"{counted(len(chart.unmeasured), 'model')} not measured" if chart.unmeasured else "",
        "x": grouping.x.short if grouping.x else "",
        "key_name": grouping.colour.short if grouping.colour else "",
        "key": [{"text": level_text(grouping.colour, level), "fill": shades[level]} for level in colours],
        "groups": [
            {"text": level_text(grouping.x, level) if named_x else "all", "dots": cells[level]}
            for level in sorted(cells, key=lambda level: level.order)
        ],
    }


def _axis(metric: MetricDefinition, low: float, high: float, factor: float) -> Drawing:
    """Return the ends of the axis, with room around the values, and ticks with different texts."""
    low, high = low * factor, high * factor
    pad = max((high - low) * _PAD, abs(high) * _CLOSEST) if high > low else abs(high) * _PAD or 1.0
    low, high = low - pad, high + pad
    texts = {format_value(metric, tick / factor): tick for tick in round_ticks(low, high)}
    return {"low": low, "high": high, "ticks": [[tick, text] for text, tick in texts.items()]}


def _dot(point: Point, metric: MetricDefinition, fill: str, colour: str) -> Drawing:
    several = len(point.model_ids) > 1
    spread = f"{format_value(metric, point.low)} to {format_value(metric, point.high)}"
    told = f"mean of {len(point.model_ids)} models, {spread}" if several else f"95 % interval {spread}"
    return {
        "ids": [str(model_id) for model_id in point.model_ids],
        "value": point.mean,
        "low": point.low,
        "high": point.high,
        "text": format_value(metric, point.mean),
        "range": told if several or point.high > point.low else "",
        "fill": fill,
        "colour": colour,
    }
