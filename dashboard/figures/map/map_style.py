"""Cytoscape's stylesheet of the model map; everything that differs by model comes from its data."""

from __future__ import annotations

from typing import Any

from dashboard.theme import FONT, Theme


def stylesheet(theme: Theme) -> list[dict[str, Any]]:
    """Return the rules for one appearance."""
    return [
        {"selector": "core", "style": {"active-bg-opacity": 0, **_selection_box(theme)}},
        {"selector": "node", "style": _node(theme)},
        {"selector": "node[look = 'made']", "style": {"background-color": "data(fill)"}},
        {"selector": "node[?faint]", "style": {"border-width": 1, "border-color": theme.dimmed}},
        {"selector": "node[?beyond]", "style": _beyond(theme)},
        {"selector": "node[look = 'pictured']", "style": _PICTURED},
        {"selector": "node[?leaf]", "style": _BESIDE},
        {"selector": "node[look = 'fold']", "style": _fold(theme)},
        {"selector": "node[?failed]", "style": {"color": theme.failure}},
        {"selector": "node.hovered", "style": _ring(theme.hovered, 2)},
        {"selector": "node.holding", "style": _ring(theme.selected, 2) | {"outline-style": "dashed"}},
        {"selector": "node:selected", "style": _ring(theme.selected, 3) | {"font-weight": "bold"}},
        {"selector": _RINGED, "style": {"text-margin-y": -8}},
        {"selector": "edge", "style": _EDGE},
        {"selector": "edge[?teacher]", "style": {"line-style": "dashed", "line-dash-pattern": [7, 5]}},
        {"selector": "edge.aside", "style": {"opacity": 0.18}},
        {"selector": "edge.path", "style": {"opacity": 1, "width": 3.6}},
    ]


def _node(theme: Theme) -> dict[str, Any]:
    return {
        "width": "data(size)",
        "height": "data(size)",
        "label": "data(label)",
        "color": theme.text,
        "font-family": FONT.replace("'", '"'),  # Cytoscape knows no other quotes
        "font-size": 11,
        "min-zoomed-font-size": 7,
        "text-wrap": "ellipsis",
        "text-max-width": "data(room)",
        "text-valign": "top",
        "text-halign": "center",
        "text-margin-y": -3,
        "text-background-color": theme.surface,
        "text-background-opacity": 0.88,
        "text-background-padding": 1,
        "border-width": 0,
        "overlay-opacity": 0,
        "z-index": 2,
    }


_PICTURED = {
    "background-opacity": 0,
    "background-image": "data(icon)",
    "background-fit": "cover",
    "background-clip": "none",
}


def _fold(theme: Theme) -> dict[str, Any]:
    """Return the look of siblings shown as one: a strip with the colours of all of them."""
    return {
        "shape": "round-rectangle",
        "width": 38,
        "height": 12,
        "background-color": theme.surface,
        "background-image": "data(icon)",
        "background-fit": "none",
        "background-width": "100%",
        "background-height": "100%",
        "border-width": 1,
        "border-color": theme.missing,
        "color": theme.dimmed,
    }


def _beyond(theme: Theme) -> dict[str, Any]:
    """Return the rim of models whose value lies outside the range of the colours."""
    return {"border-width": 1.6, "border-style": "dotted", "border-color": theme.text}


_RINGED = "node.hovered[!leaf], node.holding[!leaf], node:selected[!leaf]"
"""Models whose label stands above a ring."""

_BESIDE = {"text-valign": "center", "text-halign": "right", "text-margin-x": 7, "text-margin-y": 0}

_EDGE = {
    "curve-style": "unbundled-bezier",
    "edge-distances": "node-position",
    "control-point-distances": "data(distances)",
    "control-point-weights": "data(weights)",
    "line-fill": "linear-gradient",
    "line-gradient-stop-colors": "data(colours)",
    "width": "data(width)",
    "opacity": 0.82,
    "overlay-opacity": 0,
    "events": "no",
    "z-index": 1,
}


def _ring(colour: str, width: float) -> dict[str, Any]:
    return {
        "outline-width": width,
        "outline-color": colour,
        "outline-offset": 2,
        "outline-opacity": 1,
        "z-index": 9,
    }


def _selection_box(theme: Theme) -> dict[str, Any]:
    return {
        "selection-box-color": theme.accent,
        "selection-box-opacity": 0.12,
        "selection-box-border-color": theme.accent,
        "selection-box-border-width": 1,
    }
