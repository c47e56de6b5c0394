"""Drawings of a report as SVG: the trade-off of all models, and a dot with its interval."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from core.comparison.metrics.cells import MetricCell, MetricRow
from core.comparison.metrics.dot_axis import dot_axis
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model

WIDTH, HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 16, 48
DOT_WIDTH, DOT_HEIGHT = 150, 16


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def trade_off(
    points: Sequence[Model],
    axes: tuple[MetricDefinition, MetricDefinition],
    *,
    front: Collection[ModelId],
    named: Collection[ModelId],
) -> str:
    """Return all models as points, the front as a line, and the named ones with their id."""
    x, y = axes
    xs, ys = ([model.metrics[axis.name] for model in points] for axis in axes)
    across = _scale(xs, _LEFT, WIDTH - _RIGHT)
    up = _scale(ys, HEIGHT - _BOTTOM, _TOP)
    parts = [_axis_words(x, y, across, up)]
    line = sorted(
        (across.at(a), up.at(b)) for model, a, b in zip(points, xs, ys, strict=True) if model.id in front
    )
    if len(line) > 1:
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in line)
        parts.append(f'<polyline points="{path}" class="front"/>')
    placed = sorted(
        zip(points, xs, ys, strict=True), key=lambda each: each[0].id in named
    )  # on top of others
    for model, a, b in placed:
        if math.isfinite(a) and math.isfinite(b):
            parts.append(_point(model, (across.at(a), up.at(b)), chosen=model.id in named))
    title = f"{escape(y.label)} over {escape(x.label)} of {len(points)} models"
    return _svg(WIDTH, HEIGHT, title, "".join(parts))


def dot(cell: MetricCell, row: MetricRow) -> str:
    """Return the value of a model with its interval, on the axis that all models of the metric share."""
    axis = dot_axis(row)
    if axis is None or cell.value is None or not math.isfinite(cell.value):
        return ""

    def at(value: float) -> float:
        return 6 + axis.place(value) * (DOT_WIDTH - 12)

    middle, parts = DOT_HEIGHT / 2, []
    if row.baseline.value is not None and math.isfinite(row.baseline.value):
        base = at(row.baseline.value)
        parts.append(f'<line x1="{base:.1f}" x2="{base:.1f}" y1="0" y2="{DOT_HEIGHT}" class="base"/>')
    if cell.interval is not None:
        low, high = map(at, cell.interval)
        parts.append(f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" class="interval"/>')
    parts.append(f'<circle cx="{at(cell.value):.1f}" cy="{middle}" r="4" class="{cell.verdict.value}"/>')
    return _svg(DOT_WIDTH, DOT_HEIGHT, escape(format_value(row.metric, cell.value)), "".join(parts))


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    room = (high - low) * 0.04 or abs(low) * 0.05 or 1.0
    return _Scale(low - room, high + room, start, end)


def _point(model: Model, place: tuple[float, float], *, chosen: bool) -> str:
    kind = "chosen" if chosen else "other"
    mark = f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{5 if chosen else 3}" class="{kind}"><title>'
    mark += f"{escape(model.name)} ({model.id})</title></circle>"
    if chosen:
        mark += f'<text x="{place[0] + 7:.1f}" y="{place[1] - 6:.1f}">{model.id}</text>'
    return mark


def _axis_words(x: MetricDefinition, y: MetricDefinition, across: _Scale, up: _Scale) -> str:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    frame = f'<path d="M{_LEFT},{_TOP}V{bottom}H{right}" class="frame"/>'
    ticks = ""
    for share in (0, 0.5, 1):
        value = across.low + share * (across.high - across.low)
        place = across.at(value)
        ticks += f'<text x="{place:.0f}" y="{bottom + 16}" text-anchor="middle">{_told(x, value)}</text>'
        value = up.low + share * (up.high - up.low)
        ticks += (
            f'<text x="{_LEFT - 6}" y="{up.at(value) + 4:.0f}" text-anchor="end">{_told(y, value)}</text>'
        )
    ticks += f'<text x="{(_LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x.label)}</text>'
    turned = f'transform="translate(12 {(_TOP + bottom) / 2}) rotate(-90)"'
    return frame + ticks + f'<text {turned} text-anchor="middle">{escape(y.label)}</text>'


def _told(metric: MetricDefinition, value: float) -> str:
    return escape(format_value(metric, value))


def _svg(width: int, height: int, title: str, content: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
    return f'{head} height="{height}" role="img" aria-label="{title}">{content}</svg>'
