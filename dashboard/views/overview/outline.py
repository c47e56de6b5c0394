"""The Overview's cards while the server is asked what is in them: the same places, so that nothing jumps."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component


def outline() -> list[Component]:
    """Return toolbar and cards without content."""
    plot = html.Section(
        [html.H2(className="ov-title"), html.Div(className="ov-graph")],
        className="ov-card ov-scatter scatter",
    )
    lines = html.Div(className="skeleton ov-outline-lines")
    side = html.Div([plot, html.Section(lines, className="ov-card ov-selection")], className="ov-side")
    canvas = html.Section(html.Div(className="ov-canvas"), className="ov-card ov-map")
    return [
        html.Div(html.I(className="skeleton"), className="ov-toolbar ov-toolbar-outline"),
        html.Div([canvas, side], className="ov-panes"),
    ]
