"""What can be drawn into the scatterplot on request: names on the front, ranges over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.theme import Theme

LONGEST_NAME = 26
LABEL_WIDTH, LABEL_HEIGHT = 0.36, 0.08
"""Room that a name takes, as shares of the range of the points."""


def names_trace(
    names: Sequence[str], x: NDArray[np.float64], y: NDArray[np.float64], theme: Theme
) -> dict[str, Any]:
    """Return names at points, where there is room for them."""
    kept = roomy(x, y)
    return {
        "type": "scatter",
        "meta": "names",
        "mode": "text",
        "x": [float(x[index]) for index in kept],
        "y": [float(y[index]) for index in kept],
        "text": [escape(shortened(names[index])) for index in kept],
        "textposition": ["bottom left" if index > len(names) / 2 else "bottom right" for index in kept],
        "textfont": {"size": 10, "color": theme.text},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def roomy(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[int]:
    """Return the points that are far enough apart for a name each, the first and the last among them."""
    if len(x) == 0:
        return []
    across = (x - x.min()) / (np.ptp(x) or 1.0) / LABEL_WIDTH
    up = (y - y.min()) / (np.ptp(y) or 1.0) / LABEL_HEIGHT
    kept: list[int] = []
    for index in dict.fromkeys([0, len(x) - 1, *range(len(x))]):
        if all(abs(across[index] - across[one]) > 1 or abs(up[index] - up[one]) > 1 for one in kept):
            kept.append(index)
    return sorted(kept)


def shortened(name: str) -> str:
    """Return a name with its middle left out where it is longer than `LONGEST_NAME`."""
    half = (LONGEST_NAME - 1) // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}\N{HORIZONTAL ELLIPSIS}{name[-half:]}"


def repeats_trace(
    groups: Sequence[NDArray[np.intp]], x: NDArray[np.float64], y: NDArray[np.float64], theme: Theme
) -> dict[str, Any]:
    """Return a cross per group of repeats: its mean, and its range on both axes."""
    across, up = [x[group] for group in groups], [y[group] for group in groups]
    return {
        "type": "scatter",
        "meta": "repeats",
        "mode": "markers",
        "x": [float(values.mean()) for values in across],
        "y": [float(values.mean()) for values in up],
        "error_x": _range(across, theme),
        "error_y": _range(up, theme),
        "marker": {"symbol": "circle", "size": 2, "color": theme.text},
        "hoverinfo": "skip",
    }


def _range(groups: Sequence[NDArray[np.float64]], theme: Theme) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [float(values.max() - values.mean()) for values in groups],
        "arrayminus": [float(values.mean() - values.min()) for values in groups],
        "color": theme.text,
        "thickness": 1.3,
        "width": 4,
    }
