"""What can be drawn into the scatterplot on request, names and ranges over seeds, and room for names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.comparison.means import mean
from core.comparison.naming.lineage_names import fitted
from dashboard.theme import Theme

LONGEST_NAME = 26
LABEL_WIDTH, LABEL_HEIGHT = 0.36, 0.08
"""Room that a name takes, as shares of the axes."""

_POINT, _CLEAR = 0.04, 0.055
"""Radius of a point as a share of the axes, which are wider than high."""

_NEAR_PX, _FAR_PX = 2, 13
"""Between a line and its label: next to it, or beyond the points that lie on the line."""

_USUAL_PX = 160
"""Height of the plot at which the other shares hold."""

_EDGE = 0.06
"""Share of an axis before the first point and after the last."""


def names_trace(
    names: Sequence[str],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kept: Sequence[int],
    theme: Theme,
) -> dict[str, Any]:
    """Return the `kept` ones of the names at their points."""
    return {
        "type": "scatter",
        "meta": "names",
        "mode": "text",
        "x": [float(x[index]) for index in kept],
        "y": [float(y[index]) for index in kept],
        "text": [escape(name) for name in fitted([names[index] for index in kept], LONGEST_NAME)],
        "textposition": ["bottom left" if index > len(names) / 2 else "bottom right" for index in kept],
        "textfont": {"size": 10, "color": theme.text},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def roomy(places: NDArray[np.float64]) -> list[int]:
    """Return which points, shape (points, 2) as shares of the axes, are far enough apart to be named.

    The first and the last are among them if they are.
    """
    kept: list[int] = []
    for index in dict.fromkeys([0, len(places) - 1, *range(len(places))] if len(places) else []):
        apart = np.abs(places[kept] - places[index]) > (LABEL_WIDTH, LABEL_HEIGHT)
        if apart.any(axis=1).all():
            kept.append(index)
    return sorted(kept)


@dataclass(frozen=True)
class LabelPlace:
    """Where the label of a horizontal line is.

    position: along the line, "start", "middle" or "end". above: on which side. away_px: from the line.
    free: whether no point is there.
    """

    position: str
    above: bool
    away_px: int
    free: bool


def emptiest(places: NDArray[np.float64], line: float, *, above: bool) -> LabelPlace:
    """Return where the label of a horizontal line meets the fewest points, as near to the line as possible.

    Args:
        places: of the points, (points, 2) as shares of the axes from the first to the last point.
        line: height of the line as such a share.
        above: on which side of the line the label is where both are as empty.
    """
    drawn, height = _EDGE + (1 - 2 * _EDGE) * places, _EDGE + (1 - 2 * _EDGE) * line
    best, fewest = LabelPlace("end", above, _NEAR_PX, free=True), len(places) + 1
    for away_px, side in product((_NEAR_PX, _FAR_PX), (above, not above)):
        away = (drawn[:, 1] - height) * (1 if side else -1) - away_px / _USUAL_PX
        beside = drawn[(away > -_CLEAR) & (away < LABEL_HEIGHT + _CLEAR), 0]
        for name, middle in {"end": 1 - LABEL_WIDTH / 2, "start": LABEL_WIDTH / 2, "middle": 0.5}.items():
            met = int((np.abs(beside - middle) < LABEL_WIDTH / 2 + _POINT).sum())
            if met < fewest:
                best, fewest = LabelPlace(name, side, away_px, free=met == 0), met
    return best


def limit_label(text: str, y: float, where: LabelPlace, theme: Theme) -> dict[str, Any]:
    """Return the label of a horizontal line, on a ground that lines behind it do not cross.

    y: where the line is on its axis.
    """
    place: dict[str, tuple[float, str]] = {
        "start": (0, "left"),
        "middle": (0.5, "center"),
        "end": (1, "right"),
    }
    x, anchor = place[where.position]
    return {
        "text": text,
        "showarrow": False,
        "x": x,
        "xref": "paper",
        "xanchor": anchor,
        "y": y,
        "yref": "y",
        "yanchor": "bottom" if where.above else "top",
        "yshift": where.away_px if where.above else -where.away_px,
        "font": {"size": 11, "color": theme.text},
        "borderpad": 0,
        **({"bgcolor": theme.surface} if where.free else {}),
    }


def repeats_trace(
    groups: Sequence[NDArray[np.intp]], x: NDArray[np.float64], y: NDArray[np.float64], theme: Theme
) -> dict[str, Any]:
    """Return a cross per group of repeats: its mean, and its range on both axes."""
    across, up = [x[group] for group in groups], [y[group] for group in groups]
    return {
        "type": "scatter",
        "meta": "repeats",
        "mode": "markers",
        "x": [mean(values.tolist()) for values in across],
        "y": [mean(values.tolist()) for values in up],
        "error_x": _range(across, theme),
        "error_y": _range(up, theme),
        "marker": {"symbol": "circle", "size": 2, "color": theme.text},
        "hoverinfo": "skip",
    }


def _range(groups: Sequence[NDArray[np.float64]], theme: Theme) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(values.tolist()) - mean(values.tolist()) for values in groups],
        "arrayminus": [mean(values.tolist()) - min(values.tolist()) for values in groups],
        "color": theme.text,
        "thickness": 1.3,
        "width": 4,
    }
