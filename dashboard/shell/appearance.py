"""Light and dark: kept in the browser, switched without the server."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.ids import ShellIds


def register(app: Dash) -> None:
    """Wire the toggle to the stored scheme, and the scheme to the page (`assets/appearance.js`)."""
    app.clientside_callback(
        ClientsideFunction("appearance", "choose"),
        Output(ShellIds.SCHEME, "data"),
        Input(ShellIds.SCHEME_TOGGLE, "n_clicks"),
        State(ShellIds.SCHEME, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("appearance", "apply"),
        Output(ShellIds.PROVIDER, "forceColorScheme"),
        Input(ShellIds.SCHEME, "data"),
    )
