"""Models of several projects on shared axes: a colour and a symbol per project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from dashboard.figures.axes import axis, base_layout
from dashboard.figures.axis_scale import axis_scale
from dashboard.figures.encoding import finite
from dashboard.theme import Theme

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
HEIGHT_PX = 460
Figure = dict[str, Any]


@dataclass(frozen=True)
class AcrossAxes:
    """A metric per axis, and whether the axis is logarithmic."""

    x: MetricDefinition
    y: MetricDefinition
    log_x: bool = False
    log_y: bool = False


def drawable(models: Sequence[Model], axes: AcrossAxes) -> list[Model]:
    """Return the models that have a place on both axes; zero or less has none on a logarithmic one."""
    return [
        model
        for model in models
        if (x := finite(model.metrics, axes.x)) is not None
        and (y := finite(model.metrics, axes.y)) is not None
        and (x > 0 or not axes.log_x)
        and (y > 0 or not axes.log_y)
    ]


def draw_across(groups: Mapping[str, Sequence[Model]], axes: AcrossAxes, theme: Theme) -> Figure:
    """Return the Plotly figure, a trace per project in their order; `customdata` holds ids of models."""
    shown = {name: drawable(models, axes) for name, models in groups.items()}
    values = {
        metric.name: np.array([one.metrics[metric.name] for each in shown.values() for one in each])
        for metric in (axes.x, axes.y)
    }
    x_scale = axis_scale(axes.x, values[axes.x.name], log=axes.log_x)
    y_scale = axis_scale(axes.y, values[axes.y.name], log=axes.log_y)
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [model.metrics[axes.x.name] * x_scale.factor for model in models],
            "y": [model.metrics[axes.y.name] * y_scale.factor for model in models],
            "text": [_told(model, axes) for model in models],
            "customdata": [int(model.id) for model in models],
            "marker": {
                "size": 10,
                "symbol": SYMBOLS[place],
                "color": theme.categories[place % len(theme.categories)],
                "line": {"width": 1, "color": theme.surface},
            },
            "hovertemplate": "%{text}<extra>" + _plain(name) + "</extra>",
        }
        for place, (name, models) in enumerate(shown.items())
    ]
    layout = {
        **base_layout(theme),
        "height": HEIGHT_PX,
        "margin": {"l": 64, "r": 14, "t": 34, "b": 48},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": theme.text}},
        "hovermode": "closest",
        "xaxis": axis(axes.x, theme, log=axes.log_x, unit=x_scale.unit),
        "yaxis": axis(axes.y, theme, log=axes.log_y, unit=y_scale.unit),
    }
    return {"data": traces, "layout": layout}


def _told(model: Model, axes: AcrossAxes) -> str:
    values = dict.fromkeys((axes.x, axes.y))
    lines = [f"{metric.label}: {format_value(metric, model.metrics[metric.name])}" for metric in values]
    return "<br>".join([f"<b>{_plain(model.name)}</b>", *lines])


def _plain(text: str) -> str:
    """Return a text in which Plotly finds no markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
