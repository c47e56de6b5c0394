"""Predicted loss against size: a line of points that can be chosen, and models that were made so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.figures.axes import base_layout
from dashboard.theme import Theme

HEIGHT_PX = 280
Figure = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """A dot. y: change of the loss; other: what it is compared with, the greedy choice or the prediction."""

    x: float
    y: float | None
    other: float
    text: str


def draw_frontier(
    points: Sequence[Point], made: Sequence[Point], titles: tuple[str, str], theme: Theme
) -> Figure:
    """Return the Plotly figure; the first trace holds the points in order, so that a click names one."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "predicted",
            "x": [point.x for point in points],
            "y": [point.y for point in points],
            "text": [point.text for point in points],
            "customdata": list(range(len(points))),
            "line": {"color": theme.accent, "width": 2},
            "marker": {"size": 10, "color": theme.accent},
            "hovertemplate": "%{x:.4~g}: %{y:+.3~g}<br>%{text}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": "measured",
            "x": [point.x for point in made],
            "y": [point.y for point in made],
            "text": [f"{point.text}, predicted {point.other:+.3g}" for point in made],
            "marker": {"size": 11, "symbol": "diamond", "color": theme.selected},
            "hovertemplate": "%{x:.4~g}: %{y:+.3~g}<br>%{text}<extra></extra>",
        },
    ]
    axis = {
        "gridcolor": theme.grid,
        "linecolor": theme.border,
        "zerolinecolor": theme.border,
        "tickformat": "~g",
        "tickfont": {"size": 11, "color": theme.dimmed},
    }
    across, up = (
        {**axis, "title": {"text": text, "font": {"size": 11, "color": theme.dimmed}, "standoff": 6}}
        for text in titles
    )
    layout = {
        **base_layout(theme),
        "height": HEIGHT_PX,
        "margin": {"l": 60, "r": 12, "t": 8, "b": 42},
        "showlegend": bool(made),
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "font": {"color": theme.text}},
        "hovermode": "closest",
        "xaxis": across,
        "yaxis": up,
    }
    return {"data": traces, "layout": layout}
