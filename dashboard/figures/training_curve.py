"""Training curves as small charts, one under the other: loss on top, metrics below, over weight updates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.metric import Format, MetricDefinition, format_value
from core.domain.queue.training_curve import LOSS, TrainingCurve
from dashboard.figures.axes import base_layout
from dashboard.figures.metric_scale import MetricScale, metric_scale
from dashboard.theme import SMALL_PX, Theme

CHART_PX = 130
"""Height of each of the charts."""
_FRAME_PX = 34
_FEW = 30  # points up to which each is marked
_DRAWN = 400  # points per line at most: more are not told apart

Figure = dict[str, Any]


def curve_title(curves: Sequence[TrainingCurve], metrics: Mapping[str, MetricDefinition]) -> str:
    """Return what the latest attempt shows, e.g. `Loss 1.92 to 0.31 over 3 epochs`."""
    last = curves[-1]
    losses = [(epoch, value) for _, epoch, value in last.series(LOSS) if math.isfinite(value)]
    if not losses:
        return "No finite loss so far"
    epochs = last.points[-1].epoch
    passes = f"{epochs:.2g} epochs" if epochs < 1 else f"{epochs:.3g} epochs" if epochs > 1 else "1 epoch"
    told = [f"Loss {losses[0][1]:.3g} to {losses[-1][1]:.3g} over {passes}"]
    for name in last.names:
        values = last.series(name)
        if name != LOSS and values:
            told.append(f"{_label(name, metrics)} {_value(values[-1][2], metrics.get(name))}")
    return ", ".join(told)


def draw_curves(
    curves: Sequence[TrainingCurve], metrics: Mapping[str, MetricDefinition], theme: Theme
) -> Figure:
    """Return the Plotly figure; the latest attempt is drawn in full, earlier ones are faint."""
    names = list(dict.fromkeys(name for curve in reversed(curves) for name in curve.names))
    traces = [
        {
            **_line(curve.series(name), theme, _scale(metrics.get(name))),
            "yaxis": f"y{index + 1 if index else ''}",
            **({} if curve is curves[-1] else _faint(curve, theme, _scale(metrics.get(name)))),
        }
        for curve in curves
        for index, name in enumerate(names)
        if curve.series(name)
    ]
    height = CHART_PX * len(names) + _FRAME_PX
    layout = {
        **base_layout(theme),
        "height": height,
        "margin": {"l": 46, "r": 12, "t": 20, "b": 34},
        "hovermode": "x unified",
        "uirevision": "curve",
        "annotations": [],
    }
    gap = 26 / (height - 54)
    share = (1 - gap * (len(names) - 1)) / len(names)
    for index, name in enumerate(names):
        top = 1 - index * (share + gap)
        layout[f"yaxis{index + 1 if index else ''}"] = _upright(theme, metrics.get(name), top - share, top)
        layout["annotations"].append(_heading(_heading_text(name, metrics), top, theme))
    layout["xaxis"] = {
        "title": {"text": "Weight updates", "font": {"size": 11, "color": theme.dimmed}, "standoff": 4},
        "anchor": f"y{len(names) if len(names) > 1 else ''}",
        "gridcolor": theme.grid,
        "linecolor": theme.border,
        "zeroline": False,
        "rangemode": "tozero",
        "tickfont": {"size": 11, "color": theme.dimmed},
    }
    return {"data": traces, "layout": layout}


def _line(points: Sequence[tuple[int, float, float]], theme: Theme, scale: MetricScale) -> dict[str, Any]:
    every = math.ceil(len(points) / _DRAWN)
    points = (*points[:-1:every], points[-1])
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(points) < _FEW else "lines",
        "x": [update for update, _, _ in points],
        "y": [value * scale.factor if math.isfinite(value) else None for _, _, value in points],
        "customdata": [round(epoch, 2) for _, epoch, _ in points],
        "line": {"width": 2, "color": theme.accent},
        "marker": {"size": 5},
        "hovertemplate": f"%{{y:.4~g}}{_behind(scale)} after %{{customdata}} epochs<extra></extra>",
    }


def _faint(curve: TrainingCurve, theme: Theme, scale: MetricScale) -> dict[str, Any]:
    return {
        "line": {"width": 1, "color": theme.missing},
        "opacity": 0.6,
        "hovertemplate": f"%{{y:.4~g}}{_behind(scale)} in attempt {curve.attempt}<extra></extra>",
    }


def _upright(theme: Theme, metric: MetricDefinition | None, bottom: float, top: float) -> dict[str, Any]:
    return {
        "domain": [max(0.0, bottom), min(1.0, top)],
        "gridcolor": theme.grid,
        "linecolor": theme.border,
        "zeroline": False,
        "nticks": 5,
        "tickformat": "~g",
        "ticksuffix": _behind(_scale(metric)),
        "tickfont": {"size": 11, "color": theme.dimmed},
    }


def _heading(text: str, top: float, theme: Theme) -> dict[str, Any]:
    return {
        "text": text,
        "font": {"size": SMALL_PX, "color": theme.dimmed},
        "showarrow": False,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": top,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 2,
    }


def _heading_text(name: str, metrics: Mapping[str, MetricDefinition]) -> str:
    if name == LOSS:
        return "Training loss"
    return f"{_label(name, metrics)} on a sample of the training data"


def _label(name: str, metrics: Mapping[str, MetricDefinition]) -> str:
    metric = metrics.get(name)
    return metric.label if metric else name


def _value(value: float, metric: MetricDefinition | None) -> str:
    return format_value(metric, value) if metric else f"{value:.3g}"


def _scale(metric: MetricDefinition | None) -> MetricScale:
    """Return how the values of a curve are drawn: fractions in per cent."""
    return metric_scale(metric, 1.0) if metric and metric.format is Format.PERCENT else MetricScale(1.0, "")


def _behind(scale: MetricScale) -> str:
    return f" {scale.unit}" if scale.unit else ""
