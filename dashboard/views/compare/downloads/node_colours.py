"""The button that saves a figure of all modules as colours of the nodes of a graph."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from core.services.application import Application
from dashboard import address as addresses
from dashboard.ids import ShellIds
from dashboard.views.compare.downloads.layers import node_colours_file
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.layers.reading import open_layers
from dashboard.views.compare.opening import opened


def button() -> Component:
    """Return the button; only the Layers tab has it."""
    return dmc.Button(
        "Node colours",
        id=Ids.NODE_COLOURS,
        variant="default",
        size="compact-sm",
        **{"aria-label": "Download the figure as node colours for Model Explorer"},
    )


def register(app: Dash, product: Application) -> None:
    """Wire the button."""

    @app.callback(
        Output(Ids.FILE, "data", allow_duplicate=True),
        Input(Ids.NODE_COLOURS, "n_clicks"),
        State(ShellIds.LOCATION, "pathname"),
        State(ShellIds.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _take(clicks: int | None, pathname: str | None, search: str | None) -> Any:
        here = opened(product, addresses.parse(pathname, search))
        if not clicks or here.baseline is None:
            return no_update
        state, baseline = here.state, here.baseline.id
        found = open_layers(product, state.project, state.columns, baseline, state.layers.mode).comparison
        content = node_colours_file(found, state.layers, here.names)
        return {"content": content, "filename": f"{state.project}-{found.mode}-colours.json"}
