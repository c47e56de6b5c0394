"""What the browser gets to draw the tree: names, one figure of every cell, and how to write it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers.figures import SOURCES, LayerFigure, Mode, Shape, figure_of
from core.domain.metric import Direction
from core.services.layers.layer_comparison import LayerColumn, LayerComparison, shown_figures
from core.services.layers.layer_histograms import DRAWN
from dashboard.views.compare.layers.reading import OpenedLayers
from dashboard.views.compare.state import Names, State

BETTER = {
    Direction.HIGHER: "higher is better",
    Direction.LOWER: "lower is better",
    Direction.NEITHER: "no direction is better",
}
_PAIRS = {
    Mode.ACTIVATIONS: {"sqnr_db": "sqnr_local_db", "sqnr_local_db": "sqnr_db"},
    Mode.SENSITIVITY: {"loss": "estimate", "estimate": "loss"},
}
"""Figures that are drawn over depth together."""
_ENDS = ("low", "high")
_SHARES = ("both", "gained", "lost")


def payload(state: State, opened: OpenedLayers, names: Names) -> dict[str, Any]:
    """Return the table as JSON; numbers are base64 of little-endian arrays, NaN where not known."""
    found = opened.comparison
    figures = shown_figures(found)
    wanted = figure_of(found.mode, state.layers.figure)
    figure = next((one for one in figures if one.key == wanted.key), figures[0] if figures else wanted)
    tree = found.tree
    types = list(dict.fromkeys(found.types))
    return {
        "mark": opened.mark,
        "mode": found.mode.value,
        "figure": figure.key,
        "figures": [described(one, found.mode) for one in figures],
        "labels": tree.labels,
        "parents": packed(tree.parents, "<i4"),
        "leaves": packed(tree.leaves, "<i4"),
        "order": packed(found.order, "<i4"),
        "byExecution": found.by_execution,
        "types": types,
        "typeOf": packed([types.index(kind) for kind in found.types], "<u2"),
        "columns": [_column(column, names, place) for place, column in enumerate(found.columns)],
        "values": _values(found, figure),
        "texts": [list(column.forms) for column in found.columns] if figure.shape is Shape.TEXT else None,
        "second": _second(found, figure),
        "ends": _ends(found, figure),
        "shares": _shares(found) if found.mode is Mode.SPARSITY else None,
        "drawing": _drawing(found.mode, figure),
    }


def described(figure: LayerFigure, mode: Mode) -> dict[str, Any]:
    """Return what a figure means, its unit, its better direction and where it comes from."""
    return {
        "key": figure.key,
        "label": figure.label,
        "shape": figure.shape.value,
        "unit": figure.unit,
        "about": figure.about,
        "better": BETTER[figure.direction],
        "direction": figure.direction.value,
        "against": figure.against,
        "inside": figure.inside,
        "source": SOURCES[mode],
    }


def packed(values: Sequence[int] | NDArray[np.generic], dtype: str) -> str:
    """Return numbers as base64 of a little-endian array."""
    return base64.b64encode(np.ascontiguousarray(values, np.dtype(dtype)).tobytes()).decode("ascii")


def _drawing(mode: Mode, figure: LayerFigure) -> str:
    if mode is Mode.SPARSITY:
        return "shares"
    if mode in DRAWN:
        return "histogram"
    if mode is Mode.SENSITIVITY and figure.against:
        return "change"
    return "none" if figure.shape is Shape.TEXT else "bar"


def _column(column: LayerColumn, names: Names, place: int) -> dict[str, Any]:
    return {
        "id": int(column.model.id),
        "name": names.get(column.model.id, column.model.name),
        "baseline": place == 0,
        "candidate": column.candidate,
        "note": "; ".join(gap.reason for gap in column.gaps),
        "known": column.stored is not None,
        "relation": packed(column.relation, "u1"),
        "notes": column.notes,
    }


def _values(found: LayerComparison, figure: LayerFigure) -> list[str | None]:
    return [
        packed(column.figures[figure.key], "<f4") if figure.key in column.figures else None
        for column in found.columns
    ]


def _second(found: LayerComparison, figure: LayerFigure) -> dict[str, Any] | None:
    key = _PAIRS.get(found.mode, {}).get(figure.key)
    if key is None or not any(key in column.figures for column in found.columns):
        return None
    other = figure_of(found.mode, key)
    return {"label": other.label, "values": _values(found, other)}


def _ends(found: LayerComparison, figure: LayerFigure) -> list[list[str] | None] | None:
    """Return both ends of the intervals of each column; None where no column has any."""
    keys = [f"{figure.key}_{end}" for end in _ENDS]
    known = [all(key in column.figures for key in keys) for column in found.columns]
    if not any(known):
        return None
    return [
        [packed(column.figures[key], "<f4") for key in keys] if has else None
        for column, has in zip(found.columns, known, strict=True)
    ]


def _shares(found: LayerComparison) -> list[list[str] | None]:
    """Return the three shares of zeros as 0 to 255; all zeros as the second where nothing is compared."""
    result: list[list[str] | None] = []
    for column in found.columns:
        known = [column.figures[key] for key in _SHARES if key in column.figures]
        if not known and "zeros" in column.figures:
            none = np.zeros(len(found.tree.names))
            known = [none, column.figures["zeros"], none]
        result.append([packed(np.round(np.nan_to_num(one) * 255), "u1") for one in known] if known else None)
    return result
