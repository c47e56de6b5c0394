"""Axes for metrics: title with unit and better direction, tick format, linear or logarithmic range."""

from __future__ import annotations

import math
from typing import Any

from core.domain.metric import Direction, MetricDefinition, format_value
from dashboard.theme import FONT, SMALL_PX, Theme

MOST_POWERS = 3
"""Powers of ten on an axis that leave room for ticks at 2 and 5 between them."""

BETTER = {Direction.HIGHER: "higher is better", Direction.LOWER: "lower is better", Direction.NEITHER: ""}


def axis(metric: MetricDefinition, theme: Theme, *, log: bool, unit: str) -> dict[str, Any]:
    """Return Plotly's layout of an axis that shows `metric` in a unit, which stands behind each tick.

    Plotly leaves it out at some ticks of a logarithmic axis, whose title has it instead.
    """
    return {
        "type": "log" if log else "linear",
        "title": {
            "text": axis_title(metric, unit=unit if log else ""),
            "font": {"size": SMALL_PX, "color": theme.dimmed},
            "standoff": 6,
        },
        "automargin": True,
        "gridcolor": theme.grid,
        "linecolor": theme.border,
        "zeroline": False,
        "tickfont": {"size": 11, "color": theme.dimmed},
        **({"tickformat": "~g"} if log else {"ticksuffix": f" {unit}" if unit else ""}),
    }


def log_steps(low: float, high: float) -> dict[str, Any]:
    """Return the steps between the ticks of a logarithmic axis from `low` to `high`, as they are drawn.

    Plotly marks 1 to 9 of each power of ten where 1, 2 and 5 have room. Below one power it steps evenly, so
    that an axis from 93 % to 96 % has ticks at all; above a few, the powers are enough.
    """
    return {"dtick": "D2"} if 1 <= math.log10(high / low) <= MOST_POWERS else {}


def axis_of_one(metric: MetricDefinition, value: float, *, log: bool, factor: float = 1.0) -> dict[str, Any]:
    """Return what to change of an axis on which all models lie at one value: a single tick in its middle.

    value: as it is drawn, that is multiplied by `factor`.
    """
    middle = math.log10(value) if log else value
    pad = 1.0 if log else abs(value) / 2 or 1.0
    return {
        "range": [middle - pad, middle + pad],
        "tickvals": [value],
        "ticktext": [format_value(metric, value / factor)],
        "ticksuffix": "",
    }


def round_ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Return up to `most` + 1 round numbers between `low` and `high`, which differ."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough)
    return [count * step for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def title_above(metric: MetricDefinition, theme: Theme, *, unit: str) -> dict[str, Any]:
    """Return a vertical axis' title as a line above it: it is read without turning and never cut off."""
    return {
        "text": axis_title(metric, unit=unit),
        "font": {"size": SMALL_PX, "color": theme.dimmed},
        "showarrow": False,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "xshift": -34,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 4,
    }


def axis_title(metric: MetricDefinition, *, unit: str = "") -> str:
    """Return e.g. `File size · lower is better`, or `File size, B · lower is better` with a unit."""
    named = ", ".join(part for part in (metric.label, unit.strip()) if part)
    return " · ".join(part for part in (named, BETTER[metric.direction]) if part)


def base_layout(theme: Theme) -> dict[str, Any]:
    """Return what all figures share: fonts, colours, no legend."""
    return {
        "font": {"family": FONT, "size": SMALL_PX, "color": theme.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 14, "t": 8, "b": 8},
        "showlegend": False,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": theme.dimmed, "activecolor": theme.accent},
    }
