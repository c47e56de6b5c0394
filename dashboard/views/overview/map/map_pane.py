"""The pane of the model map: canvas, headings, legend, buttons, search, and the map as texts."""

from __future__ import annotations

import dash_cytoscape as cyto
from dash import html
from dash.development.base_component import Component

from dashboard.components.markup import labelled
from dashboard.views.overview.ids import Ids

_EXTENSIONS = ("parents", "children", "ancestors", "descendants")


def map_pane() -> Component:
    """Return the card with the map."""
    canvas = cyto.Cytoscape(
        id=Ids.MAP,
        elements=[],
        layout={"name": "preset", "fit": False},
        autoRefreshLayout=False,
        stylesheet=[],
        boxSelectionEnabled=True,
        autoungrabify=True,
        minZoom=0.01,
        maxZoom=4,
        responsive=False,
        style={"width": "100%", "height": "100%"},
    )
    focus = html.Div(canvas, className="ov-canvas", tabIndex=0, role="application")
    text = (
        "Model map: arrow keys walk the graph, Enter selects or opens a fold, Shift+Enter adds, "
        "plus and minus open and fold what is below, Escape clears. The next stop has the models as a tree."
    )
    tree = labelled(html.Div(id=Ids.MAP_TREE, className="ov-tree", role="tree"), "Models as a tree")
    headings = html.Div(id=Ids.MAP_HEADINGS, className="ov-headings")
    strip = html.Canvas(id=Ids.MAP_STRIP, className="ov-strip", hidden=True)
    empty = html.Div(id=Ids.MAP_EMPTY, className="ov-empty")
    legend = html.Div(id=Ids.MAP_LEGEND, className="ov-legend")
    drawing = html.Div(strip, className="ov-strip-place")
    setattr(drawing, "aria-hidden", "true")
    bar = html.Div([legend, drawing, _buttons()], className="ov-map-bar")
    notice = html.Div(id=Ids.MAP_NOTICE, className="ov-notice", role="status")
    parts = [labelled(focus, text), tree, headings, empty, bar, notice]
    return html.Section(parts, id=Ids.MAP_FRAME, className="ov-card ov-map")


def search_box() -> Component:
    """Return the place of the search; `assets/overview/map/search.js` puts its field and list there."""
    return html.Div(id=Ids.SEARCH_BOX, className="ov-search", role="search")


def _buttons() -> Component:
    extend = [
        _button(
            f"+ {name.capitalize()}", f"Add the {name} of the selected models to the selection", extend=name
        )
        for name in _EXTENSIONS
    ]
    tools = [
        _button(
            "Fold", "Fold what descends from the selected models; none selected: as at first", tool="fold"
        ),
        _button(
            "Unfold", "Open the children of the selected models; none selected: everything", tool="unfold"
        ),
        _button("▭", "Drag selects models instead of moving the map (or hold Shift)", tool="box"),
        _button("\N{MINUS SIGN}", "Zoom out", tool="out"),
        _button("+", "Zoom in", tool="in"),
        _button("⤢ Fit", "Show the whole map", tool="fit"),
    ]
    return html.Div([html.Div(tools), html.Div(extend)], className="ov-buttons")


def _button(text: str, title: str, **data: str) -> Component:
    button = html.Button(text, title=title, type="button", className="ov-button")
    for name, value in data.items():
        setattr(button, f"data-{name}", value)
    return labelled(button, title if len(text) < 2 else text)
