"""The panel of one run: opens on a click, stays fresh, follows the log."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.views.queue.ids import Ids


def register(app: Dash) -> None:
    """Wire clicks, the panel's contents and its log."""
    app.clientside_callback(
        ClientsideFunction("queue", "spreadRun"),
        Output(Ids.PANEL_BODY, "children"),
        Output(Ids.PANEL_CANCEL, "style"),
        Output(Ids.PANEL_RETRY, "style"),
        Input(Ids.LIVE_RUN, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("queue", "open"),
        Output(Ids.OPEN, "data"),
        Input(Ids.GRID, "cellClicked"),
        Input(Ids.PANEL_CLOSE, "n_clicks"),
        State(Ids.OPEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("queue", "panel"), Output(Ids.PANEL, "hidden"), Input(Ids.OPEN, "data")
    )
    app.clientside_callback(ClientsideFunction("queue", "log"), Input(Ids.LIVE_LOG, "data"))
