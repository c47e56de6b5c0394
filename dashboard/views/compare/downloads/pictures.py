"""Buttons that save a plot as SVG or PNG; `assets/compare/pictures.js` draws it."""

from __future__ import annotations

import re

from dash import html
from dash.development.base_component import Component

from dashboard.components.markup import attributed, labelled


def pictures(plot: str) -> Component:
    """Return the buttons of a plot; its name becomes that of the file."""
    buttons = [
        labelled(
            attributed(html.Button(kind.upper(), type="button"), {"data-kind": kind}),
            f"Save {plot} as {kind.upper()}",
        )
        for kind in ("svg", "png")
    ]
    name = re.sub(r"[^a-z0-9]+", "-", plot.lower()).strip("-") or "plot"
    return attributed(html.Div(buttons, className="compare-pictures"), {"data-name": name})
